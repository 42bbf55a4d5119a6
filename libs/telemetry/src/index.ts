export { createLogger, silentLogger } from './logger.ts';
export type { Fields, Level, Logger, LoggerOptions } from './logger.ts';
export { Metrics } from './metrics.ts';
export type { CounterCell, GaugeCell, HistogramCell, Metric, MetricOptions } from './metrics.ts';
export { currentTrace, formatTraceparent, newTrace, parseTraceparent, withTrace } from './trace.ts';
export type { TraceContext } from './trace.ts';
