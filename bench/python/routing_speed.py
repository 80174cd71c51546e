"""Peers of one routing decision, from a text to a model: scikit-learn's k-NN, and RouteLLM's matrix factorisation score.

FOLDER/texts.json has {"train": [...], "queries": [...]}, FOLDER/rewards.npy questions x models. Prints milliseconds.
Both read the text by scikit-learn's hashed character n-grams and 32 latent directions, in place of the embedding that
RouteLLM fetches over the network.
"""

import json
import os
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline

folder = Path(sys.argv[1])
data = json.loads((folder / "texts.json").read_text())
y = np.load(folder / "rewards.npy")
features = make_pipeline(
    HashingVectorizer(analyzer="char_wb", ngram_range=(2, 4), n_features=2**14),
    TfidfTransformer(),
    TruncatedSVD(32, random_state=0),
)
x = features.fit_transform(data["train"])
neighbours = KNeighborsRegressor(100, algorithm="brute").fit(x, y)

random = np.random.default_rng(0)
models, project, classify = random.normal(size=(y.shape[1], 128)), random.normal(size=(128, 32)), random.normal(size=128)
models /= np.linalg.norm(models, axis=1, keepdims=True)


def k_nn(text):
    return int(neighbours.predict(features.transform([text]))[0].argmax())


def matrix_factorisation(text):
    """P(strong wins) against a threshold: a bilinear score of projected embedding and model vectors."""
    prompt = project @ features.transform([text])[0]
    strong, weak = ((model * prompt) @ classify for model in models[:2])
    return 0 if 1 / (1 + np.exp(weak - strong)) >= 0.5 else 1


def times(decide):
    for text in data["queries"][:50]:
        decide(text)
    out = []
    for text in data["queries"]:
        start = time.perf_counter()
        decide(text)
        out.append(1000 * (time.perf_counter() - start))
    return {"p50": float(np.quantile(out, 0.5)), "p99": float(np.quantile(out, 0.99))}


print(json.dumps({"scikit-learn k-NN": times(k_nn), "RouteLLM's matrix factorisation": times(matrix_factorisation)}))
