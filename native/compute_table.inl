// The table of one instruction set. The including file defines COLLIMATE_TABLE (the table's name) and COLLIMATE_SET (the set's).
#include "compute.h"

#if defined(__F16C__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace collimate {
namespace {
#include "compute_vectors.inl"

#include "compute_rows.inl"

#include "compute_attention.inl"

#include "compute_decoding.inl"

#include "compute_sinkhorn.inl"
}  // namespace

extern const Compute COLLIMATE_TABLE;
const Compute COLLIMATE_TABLE = {
    COLLIMATE_SET,       rms_norm_forward,   rms_norm_backward, layer_norm_forward, layer_norm_backward, swiglu_forward, swiglu_backward,
    gelu_tanh_forward,   gelu_tanh_backward, rotary_forward,    rotary_backward,    attention_scratch,     attention_forward,
    attention_backward,  cross_entropy_forward, cross_entropy_backward, adamw,      adamw_8bit,         sum_of_squares,
    row_products,        cached_attention_scratch, cached_attention,
    sinkhorn_arithmetic<float>(), sinkhorn_arithmetic<double>(),
};
}  // namespace collimate
