"""An archive with Apache Spark: one task for each share, then the sum.

    spark-submit --files keys.log,keys.log.manifest deploy/spark.py ARCHIVE OUT SHARES

Each executor has the binary in its PATH, and sees ARCHIVE and OUT: directories that all share, or s3://BUCKET/PREFIX. A share that fails is a task that
Spark tries again (spark.task.maxFailures); what was done is left alone, so that speculative tasks harm nothing.
"""

import subprocess
import sys


def shares(archive, keys, out, of):
    """Makes the function of mapInPandas: frames of "id", the number of a share, become frames of "id" and "exit", the exit code of batch.

    keys is a function that gives the path of the key log, since that differs from executor to executor.
    """

    def run(frames):
        for frame in frames:
            yield frame[["id"]].assign(exit=[share(i) for i in frame["id"]]).astype({"exit": "int32"})

    def share(index):
        done = subprocess.run(
            ["ikedecode", "batch", archive, "-k", keys(), "-w", out, "--workers", "1", "--index", str(index), "--of", str(of), "-q"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode not in (0, 3):  # 3: something was not decrypted, which to try again does not change
            raise RuntimeError(f"share {index}: exit code {done.returncode}: {done.stderr.strip()}")
        return done.returncode

    return run


def main(archive, out, of):
    from pyspark import SparkFiles
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName("ikedecode").getOrCreate()
    run = shares(archive, lambda: SparkFiles.get("keys.log"), out, of)
    done = spark.range(0, of, numPartitions=of).mapInPandas(run, "id long, exit int").collect()
    print(f"{len(done)} shares, {sum(r.exit == 3 for r in done)} with packets that were not decrypted")
    spark.stop()
    return subprocess.run(["ikedecode", "merge", out], check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
