"""girth's 2PL by marginal maximum likelihood on a matrix from standard input ({"rows": [[0, 1, …], …]}); its seconds."""

import json
import sys
import time

import numpy as np
from girth import twopl_mml

rows = np.array(json.load(sys.stdin)["rows"], dtype=bool)
started = time.process_time()
result = twopl_mml(rows.T.astype(int))
seconds = time.process_time() - started
print(json.dumps({"seconds": seconds, "discrimination": result["Discrimination"].tolist()}))
