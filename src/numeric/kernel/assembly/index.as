export { descend } from './descent';
export { multiply } from './multiply';
export { addRows, takeAtLeast } from './rows';
export { addScaled, copyRun } from './runs';
export { factoriseBlock, invertTriangle, substitute } from './triangle';
