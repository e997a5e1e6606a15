export * from './clock';
export * from './local-day';
