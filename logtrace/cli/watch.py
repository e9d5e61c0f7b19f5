"""`logtrace watch`: `logtrace ingest --follow` by another name."""

from __future__ import annotations

from typing import Any

import click

from logtrace.cli.ingest import reading_files, run


@click.command("watch")
@reading_files
def command(**options: Any) -> None:
    """Read log files into the store as they grow, until interrupted: `logtrace ingest --follow` by another name.

    \b
    logtrace watch '/var/log/mcp/*.log*' --print
    logtrace watch /var/log/mcp --print 'error and trace.duration > 1s'
    """
    run(follow=True, **options)
