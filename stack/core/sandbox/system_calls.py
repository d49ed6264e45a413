"""Numbers of the system calls that a sandboxed process may make, for x86-64 and arm64.

From the kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h); -1 where
an architecture has none of that name. Each name has its two numbers in the order of `MACHINES`.
"""

MACHINES = ("x86_64", "aarch64")
# Architectures as seccomp names them (include/uapi/linux/audit.h).
AUDIT_ARCHITECTURES = (0xC000003E, 0xC00000B7)

# Compute, read what is open, wait, end.
ALLOWED = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "brk": (12, 214),
    "madvise": (28, 233),
    "futex": (202, 98),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "access": (21, -1),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, -1),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "statx": (332, 291),
    "stat": (4, -1),
    "lstat": (6, -1),
    "getdents64": (217, 61),
    "dup": (32, 23),
    "dup2": (33, -1),
    "dup3": (292, 24),
    "poll": (7, -1),
    "ppoll": (271, 73),
    "select": (23, -1),
    "pselect6": (270, 72),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getpgrp": (111, -1),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "times": (100, 153),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, -1),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "rseq": (334, 293),
    "membarrier": (324, 283),
}

# Allowed with some arguments: `seccomp` says which.
CONDITIONAL = {
    "open": (2, -1),
    "openat": (257, 56),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "prctl": (157, 167),
    "tgkill": (234, 131),
    "prlimit64": (302, 261),
    "clone": (56, 220),
    "clone3": (435, 435),
}

# Allowed where the call has a folder of its own.
WRITING = {
    "mkdirat": (258, 34),
    "mkdir": (83, -1),
    "unlinkat": (263, 35),
    "unlink": (87, -1),
    "rmdir": (84, -1),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "rename": (82, -1),
    "ftruncate": (77, 46),
    "pwrite64": (18, 68),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "utimensat": (280, 88),
    "fchmod": (91, 52),
}

# What a nursery needs besides: to take calls, to fork, and to lock in what it has forked.
NURSING = {
    "recvmsg": (47, 212),
    "sendmsg": (46, 211),
    "fork": (57, -1),
    "wait4": (61, 260),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "close_range": (436, 436),
    "tgkill": (234, 131),
    "setrlimit": (160, 164),
    "seccomp": (317, 277),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}
