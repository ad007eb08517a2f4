/** Minimises a function of few variables without derivatives. */

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  /** False where `maxEvaluations` ended the search. */
  readonly hasConverged: boolean;
}

type Vertex = Omit<Minimum, 'hasConverged'>;

/** Edge of the initial simplex along each axis. */
const STEP = 0.5;

/** A simplex has collapsed if its values differ by no more than this share of the lowest. */
const TOLERANCE = 1e-10;

/**
 * Downhill simplex with reflection 1, expansion 2, contraction 1/2 and shrinkage 1/2 (Nelder and Mead 1965). Restarted
 * at its result until that gains nothing, since a simplex may collapse before the minimum.
 * @param objective may return Infinity outside its domain, but not at `start`
 */
export function minimize(
  objective: (point: Float64Array) => number,
  start: Float64Array,
  { maxEvaluations = 5000 } = {},
): Minimum {
  let evaluations = 0;
  const at = (point: Float64Array): Vertex => {
    evaluations += 1;
    return { point, value: objective(point) };
  };
  const mayGoOn = (): boolean => evaluations < maxEvaluations;

  let best = at(start);
  let hasConverged = false;
  while (!hasConverged && mayGoOn()) {
    const before = best.value;
    best = descend(at, best, mayGoOn);
    hasConverged = mayGoOn() && isLevel(best.value, before);
  }
  return { ...best, hasConverged };
}

function isLevel(low: number, high: number): boolean {
  return high - low <= TOLERANCE * (Math.abs(low) + TOLERANCE);
}

/** One simplex, from its start to its collapse. */
function descend(at: (point: Float64Array) => Vertex, start: Vertex, mayGoOn: () => boolean): Vertex {
  const simplex = [
    start,
    ...start.point.keys().map((axis) => at(start.point.with(axis, start.point[axis]! + STEP))),
  ];
  const last = simplex.length - 1;
  for (;;) {
    simplex.sort((left, right) => left.value - right.value);
    const best = simplex[0]!;
    const worst = simplex[last]!;
    if (isLevel(best.value, worst.value) || !mayGoOn()) return best;

    const centre = best.point.map((_, axis) => {
      let sum = 0;
      for (let vertex = 0; vertex < last; vertex += 1) sum += simplex[vertex]!.point[axis]!;
      return sum / last;
    });
    /** On the line from the worst vertex (-1) through the centroid of the others (0). */
    const along = (share: number): Vertex =>
      at(centre.map((value, axis) => value + share * (value - worst.point[axis]!)));

    const reflected = along(1);
    if (reflected.value < best.value) {
      const expanded = along(2);
      simplex[last] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < simplex[last - 1]!.value) {
      simplex[last] = reflected;
    } else {
      const contracted = along(reflected.value < worst.value ? 0.5 : -0.5);
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex[last] = contracted;
      else {
        for (let vertex = 1; vertex < simplex.length; vertex += 1) {
          simplex[vertex] = at(simplex[vertex]!.point.map((value, axis) => (value + best.point[axis]!) / 2));
        }
      }
    }
  }
}
