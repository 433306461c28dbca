"""Runs SQL in an engine inside of this process, and says what it took.

    peer.py ENGINE FOLDER

Standard input holds one JSON object a line. {"load": [statements], "name": text} prepares the engine's own table, once for
each name; {"sql": text} runs a query. The answer is a line of JSON: seconds of CPU (user and system, all threads) and
of time, how many rows came back, the sum of each numeric column, and the rows themselves where {"rows": true} asks.
"""

import json
import os
import sys
import time


class DuckDB:
    def __init__(self, folder):
        import duckdb

        path = os.path.join(folder, "duckdb.db") if folder else ":memory:"
        self.connection = duckdb.connect(path)
        self.connection.execute("SET threads = 2")
        self.connection.execute("SET TimeZone = 'UTC'")

    def run(self, sql):
        return self.connection.execute(sql).fetchall()


class ChDB:
    def __init__(self, folder):
        from chdb.session import Session

        self.session = Session(os.path.join(folder, "chdb"))
        self.session.query("SELECT 1")

    def run(self, sql):
        answer = self.session.query(sql + " SETTINGS max_threads = 2", "JSONCompact")
        text = answer.bytes() if answer is not None else b""
        rows = json.loads(text)["data"] if text else []
        # 64-bit numbers come as text.
        return [[int(cell) if isinstance(cell, str) and cell.isdigit() else cell for cell in row] for row in rows]

    def statement(self, sql):
        self.session.query(sql)


def sums(rows):
    columns = len(rows[0]) if rows else 0
    numeric = [at for at in range(columns) if all(isinstance(row[at], (int, float)) for row in rows)]
    return [float(sum(row[at] for row in rows)) for at in numeric]


def main():
    engine, folder = sys.argv[1], sys.argv[2]
    peer = {"duckdb": DuckDB, "chdb": ChDB}[engine](folder)
    for line in sys.stdin:
        request = json.loads(line)
        if "load" in request:
            marker = os.path.join(folder, f"{engine}-{request['name']}.loaded")
            if not os.path.exists(marker):
                for statement in request["load"]:
                    getattr(peer, "statement", peer.run)(statement)
                open(marker, "w").close()
            answer = {}
        else:
            wall, cpu = time.perf_counter(), time.process_time()
            rows = peer.run(request["sql"])
            answer = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
            answer.update(rows=len(rows), sums=sums(rows))
            if request.get("rows"):
                answer["data"] = [list(row) for row in rows]
        print(json.dumps(answer, default=str), flush=True)


main()
