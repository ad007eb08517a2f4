export { descend } from './descent';
export { solveNormalEquations } from './gradients';
export { multiply } from './multiply';
export { addRows, takeAtLeast } from './rows';
export { addScaled, copyRun } from './runs';
export { factoriseBlock, invertTriangle } from './triangle';
