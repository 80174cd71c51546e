"""py-irt's multidim_2pl on a matrix from standard input ({"rows": [[0, 1, …], …], "dims": D}); prints its seconds."""

import json
import sys
import time

import pyro
import torch
from py_irt.models.multidim_2pl import Multidim2PL
from pyro.infer import SVI, Trace_ELBO

task = json.load(sys.stdin)
scores = torch.tensor(task["rows"], dtype=torch.float)
subjects, items = scores.shape
subject = torch.arange(subjects).repeat_interleave(items)
item = torch.arange(items).repeat(subjects)
pyro.set_rng_seed(42)
model = Multidim2PL(num_items=items, num_subjects=subjects, dims=task["dims"], device="cpu")
rate = pyro.optim.ExponentialLR(
    {"optimizer": torch.optim.Adam, "optim_args": {"lr": 0.1}, "gamma": 0.9999}
)
inference = SVI(model.get_model(), model.get_guide(), rate, loss=Trace_ELBO())
started = time.process_time()
for _ in range(task["epochs"]):
    inference.step(subject, item, scores.flatten())
    rate.step()
print(json.dumps({"seconds": time.process_time() - started}))
