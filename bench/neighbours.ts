/**
 * Nearest neighbours: all of MMLU's test questions at once against scikit-learn, and one decision among 100,000
 * training questions with the index's recall. node bench/neighbours.ts [PYTHON]
 */
