"""What belongs to the machine and not to a notebook's data: the record says of it what the environment says."""

# Where shared memory has its names. A file there is data like any other.
MEMORY = "/dev/shm/"
DATA = (MEMORY, "/run/media/", "/run/mount/", "/run/user/")
PROGRAMS = ("/proc/", "/sys/", "/dev/", "/bin/", "/lib/", "/lib32/", "/lib64/", "/libx32/", "/memfd:", "/SYSV")
PROGRAMS += ("/usr/bin/", "/usr/lib/", "/usr/lib32/", "/usr/lib64/", "/usr/libexec/", "/usr/libx32/", "/usr/local/lib/", "/usr/local/lib64/")
# What a notebook may well read, and what libraries hold open without its asking: it counts where Python told of it, not where it was only seen.
SETTINGS = ("/etc/", "/run/", "/usr/share/", "/var/cache/")
# A Python that is installed there shares `share` and `etc` with everything else that is.
SHARED_PREFIXES = ("/usr", "/usr/local")

# What Python and its packages open by themselves, whatever a notebook does.
NAMES = "adjtime bindresvport.blacklist gai.conf group host.conf hosts inputrc ld.so.cache ld.so.conf ld.so.preload locale.alias localtime locale.conf"
NAMES += " machine-id mailcap mime.types mtab nsswitch.conf papersize passwd protocols resolv.conf services timezone"
NAMES += " almalinux-release centos-release debian_version fedora-release lsb-release oracle-release os-release redhat-release rocky-release system-release"
WELL_KNOWN_FILES = frozenset("/etc/" + name for name in NAMES.split()) | {"/usr/local/etc/mime.types"}
WELL_KNOWN_FOLDERS = ("/etc/apache/", "/etc/apache2/", "/etc/httpd/", "/etc/ca-certificates/", "/etc/crypto-policies/", "/etc/fonts/", "/etc/ld.so.conf.d/")
WELL_KNOWN_FOLDERS += ("/etc/pki/", "/etc/ssl/", "/etc/terminfo/", "/etc/ipython/", "/etc/jupyter/", "/usr/local/etc/ipython/", "/usr/local/etc/jupyter/")
# Keys are no data, and the hash of a short one would tell it: that one was read is said by the record's not being complete.
SECRETS = ("/run/secrets/", "/var/run/secrets/")
WELL_KNOWN_FOLDERS += SECRETS + ("/run/systemd/", "/run/resolvconf/", "/run/NetworkManager/", "/run/nscd/", "/var/cache/fontconfig/")
SHARED = "ca-certificates fonts i18n icons ipython jupyter locale matplotlib mime python-wheels python3 terminfo texlive texmf texmf-dist zoneinfo"
WELL_KNOWN_FOLDERS += tuple(f"{prefix}/share/{name}/" for prefix in SHARED_PREFIXES for name in SHARED.split())


def is_system(path, told):
    """Whether a file is left out of what a job read. `told`: Python said that it opened it; otherwise it was only seen to be open."""
    if path.startswith(DATA):
        return False
    if path.startswith(PROGRAMS) or path in WELL_KNOWN_FILES or path.startswith(WELL_KNOWN_FOLDERS):
        return True
    return not told and path.startswith(SETTINGS)
