import fc from "fast-check";

// The same cases in every run, so that a change alone can break a test; FAST_CHECK_SEED=N looks elsewhere.
fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 1) });
