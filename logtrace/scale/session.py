"""The session of Spark: that of spark-submit where it started us, else one of our own."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING

from logtrace.errors import LogtraceError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LOCAL = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
_OURS = {
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.adaptive.coalescePartitions.enabled": "false",  # a part is a task: see job._keys
    "spark.sql.execution.arrow.maxRecordsPerBatch": "2000",
    "spark.python.worker.reuse": "true",
}


def session(master: str | None) -> SparkSession:
    """A session. master: where, as Spark names it; None: as spark-submit or the environment says.

    Raises LogtraceError where there is no Spark, or no Java.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise LogtraceError("scale needs Apache Spark", "pip install 'logtrace[spark]', and Java 17") from error
    warnings.filterwarnings("ignore", message=".*pandas", category=FutureWarning)  # only Arrow is used
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("logtrace")
    for name, value in _OURS.items():
        builder = builder.config(name, value)
    if master is not None:
        builder = builder.master(master)
        if master.startswith("local"):
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
            for name, value in {**_LOCAL, "spark.ui.enabled": "false"}.items():
                builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except (PySparkException, OSError) as error:
        raise LogtraceError(f"Spark does not start: {str(error).splitlines()[0]}", "it needs Java 17: java -version") from error
    spark.sparkContext.setLogLevel("ERROR")
    return spark
