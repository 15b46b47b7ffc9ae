// The engine's tasks by name: pure functions `(args, progress) => result`, each in a module of its own.

/** @type {Record<string, (args: any, progress: (share: number, what?: string) => void) => any>} */
export const TASKS = {};
