export { COMPLEX_TARGETS, JOIN, PART, splitComplex, touchesComplex } from "./split-complex.ts";
