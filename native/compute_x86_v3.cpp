// The arithmetic for x86-64-v3 processors (compiled with -march=x86-64-v3).
#ifdef __x86_64__
#define COLLIMATE_TABLE compute_x86_v3
#define COLLIMATE_SET "x86-64-v3"
#include "compute_table.inl"
#endif
