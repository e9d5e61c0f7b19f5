"""What `logtrace doctor` looks at, in order: a checkup is a file of this package and a line here."""

from __future__ import annotations

from logtrace.jobs.checkups import clock, configuration, disk, integrity, permissions, sources, versions
from logtrace.jobs.checkups._checkup import Checkup

CHECKUPS: tuple[Checkup, ...] = (
    Checkup("config", "whether files and variables of the configuration can be read", configuration.check),
    Checkup("versions", "Python, SQLite, libraries; the schema of the store", versions.check),
    Checkup("permissions", "whether the store can be read and written, by whom, and who writes it now", permissions.check),
    Checkup("disk", "whether there is room, and whether the file system is one that SQLite can trust", disk.check),
    Checkup("integrity", "whether the database and the lines in it are whole", integrity.check),
    Checkup("sources", "whether what was read is still there and can be read", sources.check),
    Checkup("clock", "whether the times of the machine and of the logs go together", clock.check),
)
