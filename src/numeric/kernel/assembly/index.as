export { multiply } from './multiply';
export { dot, factoriseBlock, invertTriangle } from './triangle';
