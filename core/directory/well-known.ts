/** Principals with fixed ids (observed on 11.0.2). */
export const EVERYONE_ID = 1;
export const SYSTEM_ID = 2;
