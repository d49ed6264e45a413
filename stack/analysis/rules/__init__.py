"""Automatic analysis: what comes in and fits a rule is analysed without anybody asking."""
