"""What one service alone makes of a subject: nobody but the surest is believed without another."""

import orjson
import pytest

from stack.analysis.answers import Word
from stack.analysis.verdicts import weigh_evidence
from tests.asking import RECEIVED
from tests.unit.analysis.providers.test_foreign_text import MINE, ask, load

WORDS = {
    ("abuseipdb", "attacker"): Word.SUSPICIOUS,
    ("abuseipdb", "reported once, by version 6"): Word.UNKNOWN,
    ("abuseipdb", "on the list of benign services"): Word.BENIGN,
    ("censys", "controller"): Word.SUSPICIOUS,
    ("censys", "web server, by version 6"): Word.UNKNOWN,
    ("crowdsec", "attacker"): Word.SUSPICIOUS,
    ("crowdsec", "scanner that is known to be good, by version 6"): Word.BENIGN,
    ("greynoise", "exploits what it finds"): Word.SUSPICIOUS,
    ("greynoise", "scanner of research"): Word.BENIGN,
    ("greynoise", "common service"): Word.BENIGN,
    ("greynoise", "whole record of a scanner"): Word.SUSPICIOUS,
    ("greynoise", "whole record of a cloud"): Word.UNKNOWN,
    ("ipinfo", "free plan"): Word.UNKNOWN,
    ("ipinfo", "VPN, by version 6"): Word.UNKNOWN,
    ("malware-bazaar", "sample of a named family"): Word.MALICIOUS,
    ("malware-bazaar", "sample without a family"): Word.SUSPICIOUS,
    ("otx", "address of a loader"): Word.UNKNOWN,
    ("otx", "domain on a list of what is benign"): Word.BENIGN,
    ("otx", "page"): Word.UNKNOWN,
    ("otx", "file"): Word.UNKNOWN,
    ("phishtank", "verified"): Word.MALICIOUS,
    ("phishtank", "verified that it is none"): Word.UNKNOWN,
    ("phishtank", "reported"): Word.UNKNOWN,
    ("pulsedive", "bad domain"): Word.SUSPICIOUS,
    ("pulsedive", "unremarkable address"): Word.UNKNOWN,
    ("pulsedive", "page that nobody rated"): Word.UNKNOWN,
    ("securitytrails", "domain with its subdomains"): Word.UNKNOWN,
    ("securitytrails", "names of an address"): Word.UNKNOWN,
    ("shodan", "controller"): Word.SUSPICIOUS,
    ("shodan", "web server, by version 6"): Word.UNKNOWN,
    ("shodan-internetdb", "machine that was taken over"): Word.UNKNOWN,
    ("shodan-internetdb", "web server, by version 6"): Word.UNKNOWN,
    ("spamhaus", "controller that is infected too"): Word.MALICIOUS,
    ("spamhaus", "host below a domain of bad reputation"): Word.MALICIOUS,
    ("spamhaus", "domain of good reputation"): Word.UNKNOWN,
    ("threatfox", "controller among addresses that look alike"): Word.MALICIOUS,
    ("threatfox", "domain with doubts"): Word.UNKNOWN,
    ("threatfox", "file"): Word.MALICIOUS,
    ("threatminer", "domain of a campaign"): Word.UNKNOWN,
    ("threatminer", "address that only resolves"): Word.UNKNOWN,
    ("threatminer", "file"): Word.UNKNOWN,
    ("urlhaus", "page that spreads malware now"): Word.MALICIOUS,
    ("urlhaus", "page that is gone"): Word.SUSPICIOUS,
    ("urlhaus", "host with two URLs"): Word.SUSPICIOUS,
    ("urlhaus", "site for files that others abuse"): Word.UNKNOWN,
    ("urlhaus", "file that was spread"): Word.MALICIOUS,
    ("urlscan", "phishing page"): Word.SUSPICIOUS,
    ("urlscan", "address where nothing was judged"): Word.UNKNOWN,
    ("urlscan", "file that pages load"): Word.UNKNOWN,
    ("virustotal", "bad address"): Word.MALICIOUS,
    ("virustotal", "unremarkable address of version 6"): Word.UNKNOWN,
    ("virustotal", "domain that one engine dislikes"): Word.UNKNOWN,
    ("virustotal", "phishing page"): Word.MALICIOUS,
    ("virustotal", "malware"): Word.MALICIOUS,
    ("virustotal", "file of a vendor"): Word.BENIGN,
    ("xforce", "controller"): Word.SUSPICIOUS,
    ("xforce", "unremarkable address of version 6"): Word.UNKNOWN,
    ("xforce", "page"): Word.UNKNOWN,
    ("xforce", "file"): Word.SUSPICIOUS,
    ("yaraify", "named by ClamAV"): Word.SUSPICIOUS,
    ("yaraify", "matched by one rule"): Word.UNKNOWN,
}


@pytest.mark.parametrize("name", MINE)
def test_the_verdict_of_one_service(name: str) -> None:
    plugin, found = load(name)
    words = {}
    for recorded in found:
        bodies = [orjson.loads(orjson.dumps(each.body)) for each in recorded.exchanges]
        answer = ask(plugin, recorded, recorded.subject, bodies)
        verdict = weigh_evidence([(plugin.title, each) for each in answer.evidence], now=RECEIVED)
        words[name, recorded.name] = verdict.word
    assert words == {key: word for key, word in WORDS.items() if key[0] == name}
