// The arithmetic for any processor of this architecture.
#define COLLIMATE_TABLE compute_baseline
#define COLLIMATE_SET "baseline"
#include "compute_table.inl"
