"""The usual routers in scikit-learn: FOLDER/train.npy, rewards.npy, test.npy in, one FOLDER/NAME.npy of P each out;
of all recipes, or of those named."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor

warnings.simplefilter("ignore", FutureWarning)
folder = Path(sys.argv[1])
x, y, z = (np.load(folder / f"{name}.npy") for name in ("train", "rewards", "test"))


def clusters(count=32):
    means = KMeans(count, n_init=3, random_state=0).fit(x)
    table = np.stack([y[means.labels_ == c].mean(0) for c in range(count)])
    return table[means.predict(z)]


def factors(rank=2):
    """Matrix factorisation of the rewards, its question factors by ridge regression from the features."""
    centre = y.mean(0)
    _, _, directions = np.linalg.svd(y - centre, full_matrices=False)
    model = RidgeCV(np.logspace(0, 5, 11)).fit(x, (y - centre) @ directions[:rank].T)
    return centre + model.predict(z) @ directions[:rank]


def logistic():
    """A classifier of right and wrong for each model: what RouteLLM puts on top of BERT, here on the shared features."""

    def right(column):
        if len(set(column)) < 2:
            return np.full(len(z), column[0])
        return LogisticRegressionCV(Cs=np.logspace(-4, 0, 5), cv=5, max_iter=500, scoring="neg_log_loss").fit(x, column).predict_proba(z)[:, 1]

    return np.column_stack([right((column >= 0.5).astype(float)) for column in y.T])


neighbours = min(100, len(x) - 1)
methods = {
    "20-NN": lambda: KNeighborsRegressor(20).fit(x, y).predict(z),
    f"{neighbours}-NN": lambda: KNeighborsRegressor(neighbours).fit(x, y).predict(z),
    "32 clusters": clusters,
    "matrix factorisation": factors,
    "ridge": lambda: RidgeCV(np.logspace(0, 5, 11)).fit(x, y).predict(z),
    "logistic regression": logistic,
    "MLP": lambda: MLPRegressor(hidden_layer_sizes=(100,), early_stopping=True, max_iter=300, random_state=0).fit(x, y).predict(z),
    "forest of extra trees": lambda: ExtraTreesRegressor(200, min_samples_leaf=5, max_features=0.4, random_state=0)
    .fit(x, y)
    .predict(z),
}
wanted = sys.argv[2:] or list(methods)
for name in wanted:
    predicted = methods[name]
    np.save(folder / f"{name}.npy", np.clip(predicted(), 0, 1).astype(np.float64))
print(json.dumps(wanted))
