"""Makes oracle.json: clusters, heights and silhouettes by scikit-learn and SciPy of rows that it draws itself.

python make_oracle.py > oracle.json
"""
import json
import platform

import numpy
import scipy
import sklearn
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, silhouette_score

random = numpy.random.default_rng(360)
centres = random.normal(0, 4, (5, 3))
rows = numpy.vstack(
    [random.normal(centre, spread, (30, 3)) for centre, spread in zip(centres, [0.5, 1, 1, 2, 0.7])]
    + [random.uniform(-9, 9, (15, 3))]
).round(6)
kmeans = {k: KMeans(k, n_init=50, random_state=0).fit(rows) for k in (2, 3, 5, 8)}
five = kmeans[5].labels_


def tree(method, metric):
    merges = linkage(rows, method, metric)
    return {
        "method": method,
        "metric": {"cityblock": "manhattan"}.get(metric, metric),
        "heights": merges[:, 2].tolist(),
        "labels": fcluster(merges, 5, "maxclust").tolist(),
    }


ward = AgglomerativeClustering(5, compute_distances=True).fit(rows)


def density(rows, metric):
    return HDBSCAN(min_cluster_size=8, metric=metric, copy=True).fit(rows).labels_


def dense_rows():
    """Equal mutual reachabilities make scikit-learn's clusters depend on the order of the rows: draws rows where not."""
    for seed in range(1000):
        draw = numpy.random.default_rng(seed)
        rows = numpy.vstack(
            [draw.normal(draw.uniform(-20, 20, 3), spread, (30, 3)) for spread in (0.5, 1, 1.5, 0.7)]
            + [draw.uniform(-25, 25, (20, 3))]
        ).round(6)
        if all(
            (adjusted_rand_score(density(rows, metric)[order], density(rows[order], metric)) == 1)
            for metric in ("euclidean", "cityblock")
            for order in (draw.permutation(len(rows)) for _ in range(12))
        ):
            return rows


dense = dense_rows()
answers = (rows @ numpy.array([0.4, -0.3, 0.2]) + random.normal(0, 1, len(rows)) > 1).astype(int)
logistic = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(rows, answers)
pca = PCA().fit(rows)
json.dump(
    {
        "maker": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}, NumPy {numpy.__version__}, "
        f"Python {platform.python_version()}",
        "rows": rows.tolist(),
        "inertias": {str(k): model.inertia_ for k, model in kmeans.items()},
        "kmeansLabels": five.tolist(),
        "silhouettes": {
            name: silhouette_score(rows, five, metric=metric)
            for name, metric in (("euclidean", "euclidean"), ("manhattan", "cityblock"), ("cosine", "cosine"))
        },
        "trees": [
            tree(method, metric)
            for method, metric in (
                ("ward", "euclidean"),
                ("average", "euclidean"),
                ("complete", "euclidean"),
                ("average", "cityblock"),
                ("complete", "cosine"),
            )
        ],
        "sklearnWardHeights": ward.distances_.tolist(),
        "denseRows": dense.tolist(),
        "hdbscan": {
            "euclidean": density(dense, "euclidean").tolist(),
            "manhattan": density(dense, "cityblock").tolist(),
        },
        "rand": adjusted_rand_score(five, ward.labels_),
        "wardLabels": ward.labels_.tolist(),
        "explained": pca.explained_variance_ratio_.tolist(),
        "components": numpy.abs(pca.components_).tolist(),
        "answers": answers.tolist(),
        "logistic": {"penalty": 2.0, "weights": logistic.coef_[0].tolist(), "intercept": logistic.intercept_[0]},
    },
    __import__("sys").stdout,
)
