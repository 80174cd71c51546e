"""Writes test/fixtures/tinybenchmarks.json: tinyBenchmarks' formulas (Polo et al. 2024 and its notebooks), computed with
NumPy, scikit-learn's distances and SciPy, independently of Tripos, on a small random leaderboard.

    python scripts/tinybenchmarks-values.py
"""
import json
import pathlib

import numpy as np
from scipy.optimize import minimize

rng = np.random.default_rng(20240522)
dims, subjects = 2, 8
sizes = {"arith": {"add": 12, "mul": 20}, "logic": {"prop": 24}}
scenario, subscenario = [], []
for name, subs in sizes.items():
    for sub, count in subs.items():
        scenario += [name] * count
        subscenario += [sub] * count
items = len(scenario)
disc = rng.normal(0.6, 0.5, (items, dims))
diff = rng.normal(0, 0.5, items)
theta_true = rng.normal(0, 1, (subjects, dims))
curve = lambda t: 1 / (1 + np.exp(-np.clip(disc * t - diff[:, None], -30, 30).sum(1)))
continuous = np.array([np.clip(curve(t) + rng.normal(0, 0.2, items), 0, 1) for t in theta_true])
right = (np.array([curve(t) for t in theta_true]) > rng.random((subjects, items))).astype(float)

balance = np.ones(items)
for name, subs in sizes.items():
    n = sum(subs.values())
    for sub, count in subs.items():
        balance[[i for i in range(items) if scenario[i] == name and subscenario[i] == sub]] = n / (len(subs) * count)
position = {name: [i for i in range(items) if scenario[i] == name] for name in sizes}

thresholds = {}
cs = np.linspace(0.01, 0.99, 100)
for name, ind in position.items():
    gaps = [np.mean(np.abs((continuous[:, ind] > c).mean(1) - continuous[:, ind].mean(1))) for c in cs]
    thresholds[name] = cs[int(np.argmin(gaps))]

anchors = {"arith": [1, 4, 9, 4, 11, 14, 17, 20, 22, 25, 28, 30, 31], "logic": [2, 7, 11, 12, 15, 18, 20, 22, 23]}
weights = {name: rng.dirichlet(np.ones(len(a))) for name, a in anchors.items()}
seen = sum(([position[name][j] for j in a] for name, a in anchors.items()), [])
unseen = [i for i in range(items) if i not in seen]


def estimate_theta(y):
    def loss(x):
        p = 1 / (1 + np.exp(-np.clip(disc[seen] * x - diff[seen][:, None], -30, 30).sum(1)))
        return -np.sum(y * np.log(p + 1e-10) + (1 - y) * np.log(1 - p + 1e-10))

    found = minimize(loss, np.zeros(dims), method="BFGS")
    return found.x, found.fun


cases = []
for s in range(subjects):
    theta, loss = estimate_theta(right[s, seen])
    given = theta_true[s]
    p = curve(given)
    case = {"theta": given.tolist(), "loss": loss, "probability": p.tolist(), "scenarios": {}}
    for name, ind in position.items():
        n, count = len(anchors[name]), len(ind)
        ind_seen = [u for u in seen if u in ind]
        ind_unseen = [u for u in unseen if u in ind]
        anchor = float((right[s, ind][anchors[name]] * weights[name]).sum())
        lam = n / count
        pirt = lam * (balance * right[s])[ind_seen].mean() + (1 - lam) * (balance * p)[ind_unseen].mean()
        b, v = 0.03 + 0.01 * s, float(np.var(right[:, ind], axis=1).mean())
        g = b**2 / (v / (4 * n) + b**2)
        case["scenarios"][name] = {
            "truth": float((balance * right[s])[ind].mean()),
            "anchor": anchor,
            "pIRT": float(pirt),
            "error": b,
            "variance": v,
            "lambda": g,
            "gpIRT": g * anchor + (1 - g) * float(pirt),
        }
    cases.append(case)

out = {
    "dims": dims,
    "scenario": scenario,
    "subscenario": subscenario,
    "disc": disc.tolist(),
    "diff": diff.tolist(),
    "continuous": continuous.tolist(),
    "right": right.tolist(),
    "balance": balance.tolist(),
    "thresholds": thresholds,
    "anchors": anchors,
    "weights": {k: v.tolist() for k, v in weights.items()},
    "seen": seen,
    "cases": cases,
}
path = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "tinybenchmarks.json"
path.write_text(json.dumps(out) + "\n")
