/**
 * A function whose result for an object is made at the first call and kept as long as the object: what the plain data of a
 * router are turned into for fast decisions. The other arguments must be the same at each call for the same object.
 */
export function madeOnce<Key extends object, Rest extends unknown[], Made>(
  make: (key: Key, ...rest: Rest) => Made,
): (key: Key, ...rest: Rest) => Made {
  const kept = new WeakMap<Key, { readonly made: Made }>();
  return (key, ...rest) => {
    const before = kept.get(key);
    if (before) return before.made;
    const made = make(key, ...rest);
    kept.set(key, { made });
    return made;
  };
}
