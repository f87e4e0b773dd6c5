// The arithmetic of the fused operators, compiled once per instruction set and chosen when the library loads.
//
// Nothing here knows of libtorch: the files behind this table are built for newer processors than the rest of the library, and an
// inline function of a shared header, compiled there, could be the copy that the linker keeps for everyone.
#pragma once
#include <cstdint>

namespace collimate {

enum class Number : int32_t { Float, BFloat, Half };

// Numbers in memory. Half is for the weights of RowProducts alone; all else takes Float and BFloat.
struct Numbers {
  void* data = nullptr;
  Number type = Number::Float;
};

// y = x / rms(x) * weight over rows of `width`; with an addend, x + addend is normed and also written to `sum`.
struct RmsNormForward {
  Numbers x, addend, y, sum;  // [rows, width]; addend and sum may be absent together
  const float* weight;
  float* inverse;  // [rows], 1 / rms of each row, kept for the backward pass
  int64_t width;
  float epsilon;
};

// The gradient of the above. `x` is what was normed (the sum, where there was an addend).
struct RmsNormBackward {
  Numbers dy, dsum, x, dx, daddend;  // dsum: gradient that reached the sum by other ways; daddend: written where its type is not dx's
  const float* weight;
  const float* inverse;
  float* dweight;  // [width], added to
  int64_t width;
};

// y = (x - mean) / deviation * weight + bias over rows of `width`.
struct LayerNormForward {
  Numbers x, y;
  const float* weight;
  const float* bias;
  float* mean;     // [rows]
  float* inverse;  // [rows], 1 / deviation
  int64_t width;
  float epsilon;
};

struct LayerNormBackward {
  Numbers dy, x, dx;
  const float *weight, *mean, *inverse;
  float *dweight, *dbias;  // [width], added to
  int64_t width;
};

// packed = [gate | up] in each row of 2 * width; y = silu(gate) * up.
struct SwiGlu {
  Numbers packed, y;        // forward reads packed and writes y; backward reads both packed and dy
  Numbers dy, dpacked;      // backward only
  int64_t width;
};

// Heads of a packed projection [batch, positions, (heads + 2 groups) * size] turned and laid out per head, or gradients the other way.
struct Rotary {
  Numbers packed;           // [batch, positions, (heads + 2 groups) * size]
  Numbers query, key, value;  // [batch, heads or groups, positions, size]
  const float* cos;         // [batch or 1, positions, size / 2]
  const float* sin;
  int64_t angle_batch_stride;  // 0 where all rows of the batch share the angles
  int64_t positions, heads, groups, size;
};

// Where the vector of (batch row, head, position) begins, in elements.
struct Layout {
  int64_t batch = 0, head = 0, position = 0;
};

struct HeadVectors {
  Numbers at;
  Layout stride;
};

// Attention of `heads` query heads over `groups` key/value heads. Query i stands at position i + keys - queries.
// Position i sees j when valid[j], document[j] is document[i] or what all documents of i's sample share, and (not causal, or j <= i, or
// group[i] = group[j] != 0, or open[j]). Several samples may stand in a row: document number n belongs to sample n / DocumentsPerSample,
// and the multiple of it is what the sample's documents share.
constexpr int32_t DocumentsPerSample = 1 << 16;

struct Attention {
  int64_t batch, heads, groups, queries, keys, size;
  float scale;
  bool causal;
  const int32_t *document, *group, *open, *valid;  // [batch, keys] each; null where all positions are alike
  HeadVectors query, key, value, output;
  const float *cos, *sin;       // [batch or 1, keys, size / 2], applied to queries and keys on the way in; null for none
  int64_t angle_batch_stride;
  float* log_sums;              // [batch, heads, queries], base 2; +1e30 where a row sees nothing
  HeadVectors doutput, dquery, dkey, dvalue;  // backward only
};

// One unit of attention work: one key/value head of one batch row, and a range of queries.
struct AttentionUnit {
  int64_t batch, group, first_query, last_query;
};

// y = x * weightT + bias for a few rows: reads every weight once, which is all that it has to wait for.
struct RowProducts {
  const float* x;      // [rows, width]
  int64_t rows, width;
  Numbers weight;      // [columns, width], of any type
  int64_t stride;      // from one row of the weight to the next, in elements
  const float* bias;   // [columns], or null
  float* y;            // [rows, columns]
  int64_t columns;
};

// One new position a batch row: its key and value join the cache, turned by its angles, and its queries attend to all that is there.
struct CachedAttention {
  const float* qkv;              // [batch, (heads + 2 groups) * size]
  const float *cos, *sin;        // [batch or 1, size / 2]
  int64_t angle_batch_stride;
  Numbers key, value;            // [batch, groups, ..., size], positions one behind the other
  int64_t key_batch, key_group, value_batch, value_group;  // strides in elements
  const int32_t* visible;        // [batch, position + 1], 0 where a position is hidden; null where none is
  int64_t visible_stride;
  int64_t heads, groups, size, position;  // size is a multiple of 16
  float scale;
  float* output;                 // [batch, heads * size]
};

// Rows of logits to losses, and to gradients in place.
struct CrossEntropy {
  float* logits;            // [rows, classes]
  const int64_t* targets;   // [rows]
  int64_t classes, ignore;
  float* losses;            // [rows]
  float* log_sums;          // [rows]
  bool* hits;               // [rows], whether the target has the highest score
  const float* scale;       // backward only: [rows], gradient of each row's loss
};

struct AdamW {  // new1 and new2 are 1 - beta1 and 1 - beta2, rounded once
  float *parameter, *mean, *square;
  const float* gradient;
  float gradient_scale, decay, beta1, new1, beta2, new2, step_size, inverse_correction, epsilon;
};

// A table of 256 values in rising order, and how to find the nearest one: a number's sign, exponent and first mantissa bits name a bucket in which
// there is at most one border between two values.
struct CodeBook {
  static constexpr int32_t Octaves = 24, Buckets = Octaves * 128 + 1, Lowest = (127 - Octaves) * 128;
  float values[256];
  float borders[256];           // borders[i] is halfway from value i to the next; the last is infinite
  uint8_t first[2 * Buckets];   // the code at the lower end of each bucket, buckets of negative numbers behind the others
};

// AdamW with moments of 8 bits. `shared` has no moments of its own.
struct AdamW8Bit {
  static constexpr int64_t Block = 256;
  AdamW shared;
  uint8_t *mean_codes, *square_codes;   // [elements]
  float *mean_scales, *square_scales;   // [blocks], the largest magnitude of each block
  const CodeBook *mean_book, *square_book;
  int64_t elements;
};

// One square matrix that is being made doubly stochastic. Logarithms are of base 2. Potentials (u of rows, v of columns) are in double precision
// whatever the numbers are: a matrix exp2(scale * logits + u + v) made from them is right however large the logits are.
template <class Real>
struct SinkhornMatrix {
  const Real* logits;  // [n, n]
  Real* kernel;        // [n, n], exp2(scale * logits + u + v) for the potentials it was made from
  int64_t n;
  double scale;        // log2(e) / temperature
};

// Reads the kernel K once: r = K x, then y = offset + slope * r for each row (1 / r where slope is null), then columns of K added up with weights y.
template <class Real>
struct SinkhornSweep {
  const Real* kernel;
  int64_t n;
  const Real *x, *offset, *slope;  // [n] each
  Real* y;                         // [n]
};

// gradient = factor * (upstream * K - K * sum over terms of left right^T); where there is no upstream, the second part is added to what stands there.
template <class Real>
struct SinkhornGradient {
  const Real *kernel, *upstream;
  Real* gradient;
  int64_t n, terms;
  const Real *left, *right;  // [terms, n]
  double factor;
};

// Rows from `begin` up to `end`, unless there are none in the arguments. `row` is scratch of n + 32 numbers.
template <class Real>
struct SinkhornArithmetic {
  void (*row_potentials)(const SinkhornMatrix<Real>&, const double* v, double* u, int64_t begin, int64_t end, double* row);  // u = -log2 of the row sums of exp2(Z + v)
  // Of these rows alone: the largest of Z + u in each column, and the sum of exp2(Z + u - largest).
  void (*column_parts)(const SinkhornMatrix<Real>&, const double* u, int64_t begin, int64_t end, double* largest, double* sums, double* row);
  void (*join_columns)(const double* largest, const double* sums, int64_t parts, int64_t n, double* v);  // v = -log2 of the column sums
  void (*make_kernel)(const SinkhornMatrix<Real>&, const double* u, const double* v, int64_t begin, int64_t end, double* row);
  void (*scale_kernel)(const SinkhornMatrix<Real>&, const Real* rows, const Real* columns, int64_t begin, int64_t end);
  void (*sweep)(const SinkhornSweep<Real>&, int64_t begin, int64_t end, Real* part);  // part: [n], the columns of these rows
  void (*add_parts)(const Real* parts, int64_t count, int64_t n, Real* sums);
  void (*weigh)(const SinkhornGradient<Real>&, int64_t begin, int64_t end, Real* rows, Real* part);  // sums of upstream * K
  void (*gradient)(const SinkhornGradient<Real>&, int64_t begin, int64_t end);
  // Whether every number is one that leaves room on both sides; only then are potentials = reference + log2(scalings) written.
  bool (*to_potentials)(const double* reference, const Real* scalings, int64_t n, double* potentials);
  bool (*to_scalings)(const double* reference, const double* potentials, int64_t n, Real* scalings);  // the other way
};

// Every function works on the rows (or elements) from `begin` up to `end`. `scratch` holds scratch_floats() of what it belongs to.
struct Compute {
  const char* name;
  void (*rms_norm_forward)(const RmsNormForward&, int64_t begin, int64_t end, float* scratch);    // 3 * width floats
  void (*rms_norm_backward)(const RmsNormBackward&, int64_t begin, int64_t end, float* scratch);  // 4 * width floats
  void (*layer_norm_forward)(const LayerNormForward&, int64_t begin, int64_t end, float* scratch);  // 2 * width floats
  void (*layer_norm_backward)(const LayerNormBackward&, int64_t begin, int64_t end, float* scratch);  // 3 * width floats
  void (*swiglu_forward)(const SwiGlu&, int64_t begin, int64_t end);
  void (*swiglu_backward)(const SwiGlu&, int64_t begin, int64_t end);
  void (*gelu_tanh_forward)(Numbers x, Numbers y, int64_t begin, int64_t end);
  void (*gelu_tanh_backward)(Numbers x, Numbers dy, Numbers dx, int64_t begin, int64_t end);
  void (*rotary_forward)(const Rotary&, int64_t begin, int64_t end);   // rows are positions of the flattened batch
  void (*rotary_backward)(const Rotary&, int64_t begin, int64_t end);
  int64_t (*attention_scratch)(const Attention&, bool backward);       // floats one unit needs
  void (*attention_forward)(const Attention&, const AttentionUnit&, float* scratch);
  void (*attention_backward)(const Attention&, const AttentionUnit&, float* scratch);
  void (*cross_entropy_forward)(const CrossEntropy&, int64_t begin, int64_t end);
  void (*cross_entropy_backward)(const CrossEntropy&, int64_t begin, int64_t end);
  void (*adamw)(const AdamW&, int64_t begin, int64_t end);
  void (*adamw_8bit)(const AdamW8Bit&, int64_t begin, int64_t end);    // rows are blocks
  double (*sum_of_squares)(const float* x, int64_t begin, int64_t end);
  void (*row_products)(const RowProducts&, int64_t begin, int64_t end, float* scratch);  // columns; rows * (width + 80) + 16 floats
  int64_t (*cached_attention_scratch)(const CachedAttention&);            // floats one unit needs
  void (*cached_attention)(const CachedAttention&, int64_t unit, float* scratch);  // unit: a batch row and a key/value head of it
  SinkhornArithmetic<float> sinkhorn;
  SinkhornArithmetic<double> sinkhorn_double;
};

// The fastest table that this processor can run. COLLIMATE_COMPUTE=baseline|x86-64-v3|x86-64-v4 asks for a lesser one.
const Compute& compute();

}  // namespace collimate
