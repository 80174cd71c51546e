"""py-irt's multidim_2pl on masked matrices, as released and made stable.

Reads one task a line from standard input: {"rows": [[0, 1, null, …], …], "test": [[subject, item, score], …], "dims": D,
"epochs": [E, …]}. Prints a line for each: {"released": [of each E], "stable": […]}, the mean log-likelihood of the test
cells after E epochs at the settings of its command line (Adam, rate .1 falling by .9999 an epoch).

The release lets its scales run away and often ends in NaN; where it does, its last finite parameters answer for the later
epochs. "stable" is the same model and the same mean-field posterior with the hyperparameters (means and scales of abilities,
difficulties and slopes) estimated as points under the same priors, and the prior's expectation in closed form.
"""

import json
import sys

import pyro
import torch
from py_irt.models.multidim_2pl import Multidim2PL
from pyro.infer import SVI, Trace_ELBO
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

torch.set_num_threads(1)


def logits(ability, difficulty, slope, subject, item):
    return (slope[item] * (ability[subject] - difficulty[item])).sum(-1)


def score(parameters, test):
    with torch.no_grad():
        return -cross_entropy(logits(*parameters, test[:, 0].long(), test[:, 1].long()), test[:, 2]).item()


def at_epochs(epochs, test, step, parameters):
    found, finite = {}, None
    for epoch in range(1, max(epochs) + 1):
        try:
            step()
        except ValueError:  # pyro refuses a parameter that is NaN
            break
        if epoch % 50 == 0:
            now = score(parameters(), test)
            finite = now if now == now else finite
            found[epoch] = finite
    return [found.get(epoch, finite) for epoch in epochs]


def released(task, subject, item, y, test):
    pyro.clear_param_store()
    pyro.set_rng_seed(42)
    model = Multidim2PL(
        num_items=len(task["rows"][0]), num_subjects=len(task["rows"]), dims=task["dims"], device="cpu"
    )
    rate = pyro.optim.ExponentialLR({"optimizer": torch.optim.Adam, "optim_args": {"lr": 0.1}, "gamma": 0.9999})
    inference = SVI(model.get_model(), model.get_guide(), rate, loss=Trace_ELBO())

    def step():
        inference.step(subject, item, y)
        rate.step()

    def parameters():
        return [pyro.param(name).data for name in ("loc_ability", "loc_diff", "loc_disc")]

    return at_epochs(task["epochs"], test, step, parameters)


def stable(task, subject, item, y, test):
    torch.manual_seed(42)
    dims = task["dims"]
    lengths = (len(task["rows"]), len(task["rows"][0]), len(task["rows"][0]))
    means = [torch.zeros(n, dims, requires_grad=True) for n in lengths]
    log_scales = [torch.zeros(n, dims, requires_grad=True) for n in lengths]
    centres = [torch.zeros(dims, requires_grad=True) for _ in lengths]
    log_precisions = [torch.zeros(dims, requires_grad=True) for _ in lengths]
    optimiser = torch.optim.Adam([*means, *log_scales, *centres, *log_precisions], lr=0.1)
    rate = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.9999)

    def step():
        drawn = [m + s.exp() * torch.randn_like(m) for m, s in zip(means, log_scales)]
        loss = cross_entropy(logits(*drawn, subject, item), y, reduction="sum")
        for m, s, centre, log_u in zip(means, log_scales, centres, log_precisions):
            # x ~ N(centre, 1/u), u ~ Gamma(1, 1); E log p(x) + entropy.
            u = log_u.exp()
            loss = loss - (log_u - u**2 / 2 * ((m - centre) ** 2 + (2 * s).exp()) + s).sum() + u.sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()

    return at_epochs(task["epochs"], test, step, lambda: means)


for line in sys.stdin:
    task = json.loads(line)
    cells = [(s, i, x) for s, row in enumerate(task["rows"]) for i, x in enumerate(row) if x is not None]
    subject, item, y = (torch.tensor(column) for column in zip(*cells))
    arguments = task, subject, item, y.float(), torch.tensor(task["test"], dtype=torch.float)
    print(json.dumps({"released": released(*arguments), "stable": stable(*arguments)}), flush=True)
