// The arithmetic for x86-64-v4 processors (compiled with -march=x86-64-v4).
#ifdef __x86_64__
#define COLLIMATE_TABLE compute_x86_v4
#define COLLIMATE_SET "x86-64-v4"
#include "compute_table.inl"
#endif
