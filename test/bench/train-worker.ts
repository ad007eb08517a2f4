/** Trains in a thread of its own, as the server does, so that the pauses of the main thread can be measured. */

import { lowerThreadPriority, withWorkers } from '#numeric/worker-pool.ts';
import { EASE_DEFAULTS, trainEase } from '#recommendations/algorithms/ease.ts';
import { generateInteractions } from './train-data.ts';

lowerThreadPriority();
const interactions = generateInteractions(4000, 3000, 500_000, 1);
withWorkers(2, (team) => void trainEase(interactions, EASE_DEFAULTS, team));
