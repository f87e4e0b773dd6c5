// What generating token by token waits for: products of a few rows with large weights, and one query's attention to a cache; included
// inside a namespace. Both read much and compute little, so the care goes to reading everything once and in order.

// A number of half precision in memory, which the compiler must not take for bf16.
struct HalfNumber { uint16_t bits; };

#if defined(__F16C__) || defined(__AVX512F__)
INLINE Vec load(const HalfNumber* p) {
#if defined(__AVX512F__)
  return (Vec)_mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256((const __m256i*)p));
#else
  return (Vec)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)p));
#endif
}
#else
// The exponent moved to its place in single precision; a product with 2^112 sets it right, subnormal numbers included.
INLINE Vec load(const HalfNumber* p) {
  Halves h;
  __builtin_memcpy(&h, p, sizeof h);
  Words w = __builtin_convertvector(h, Words), magnitude = (w & 0x7fffu) << 13;
  Words finite = (Words)((Vec)magnitude * 5.192296858534828e33f);
  Words wide = magnitude >= 0x0f800000u ? magnitude | 0x7f800000u : finite;
  return (Vec)(wide | (w & 0x8000u) << 16);
}
#endif

INLINE Vec load_some(const uint16_t* p, int64_t n) {
  uint16_t whole[Lanes] = {};
  __builtin_memcpy(whole, p, n * sizeof *p);
  return load(whole);
}
INLINE Vec load_some(const HalfNumber* p, int64_t n) {
  HalfNumber whole[Lanes] = {};
  __builtin_memcpy(whole, p, n * sizeof *p);
  return load(whole);
}

// Sums of whole vectors, four at a time: what is left of each is four numbers, and those are added up across.
typedef float Four __attribute__((vector_size(16)));
#if defined(__AVX512F__)
INLINE Four folded(Vec v) {
  auto low = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  return __builtin_shufflevector(low, low, 0, 1, 2, 3) + __builtin_shufflevector(low, low, 4, 5, 6, 7);
}
#elif defined(__AVX2__)
INLINE Four folded(Vec v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7); }
#else
INLINE Four folded(Vec v) { return v; }
#endif
INLINE Four sums(Vec v0, Vec v1, Vec v2, Vec v3) {
  Four a = folded(v0), b = folded(v1), c = folded(v2), d = folded(v3);
  Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}
INLINE float quick_sum(Vec v) {
  Four f = folded(v);
  return (f[0] + f[2]) + (f[1] + f[3]);
}

constexpr int RowsAtOnce = 8;

// Weights in memory, a step of a few vectors at a time. Bf16 comes as pairs of neighbours in one word, which two instructions take apart,
// so x stands ready with the even numbers of a step first and the odd ones behind them.
template <class Weight> struct Stored {
  static constexpr int Vectors = 1;
  static INLINE void read(const Weight* p, Vec* to) { to[0] = load(p); }
};
template <> struct Stored<uint16_t> {
  static constexpr int Vectors = 2;
  static INLINE void read(const uint16_t* p, Vec* to) {
    Words pairs;
    __builtin_memcpy(&pairs, p, sizeof pairs);
#if defined(__AVX512F__)
    // Loaded once: the compiler would give either instruction a load of its own, and both would wait for memory.
    __asm__("" : "+v"(pairs));
#endif
    to[0] = (Vec)(pairs << 16);
    to[1] = (Vec)(pairs & 0xffff0000u);
  }
};
template <class Weight> constexpr int Step = Stored<Weight>::Vectors * Lanes;
constexpr int LongestStep = 2 * Lanes > 16 ? 2 * Lanes : 16;
constexpr int64_t LineBytes = 64;

// x as the products want it. A load across two lines of the cache costs twice, and there is nothing else to wait for: so x is laid out such
// that it and the rows of the weight, wherever they begin, are read in whole lines. The numbers before the first whole line of the weight, and
// those behind the last whole step, are read by a step that overlaps what is read already; there x holds zeros.
struct Prepared {
  int64_t head, body;  // numbers before the first whole line; numbers in whole steps behind them
  int64_t stride;      // from one row of x to the next
  const float* x;      // for each row: the first step, the last step, the body
};

template <class Weight>
INLINE void arrange(const float* from, int64_t count, float* to) {
  constexpr int V = Stored<Weight>::Vectors;
  for (int64_t i = 0; i < count; i += Step<Weight>)
    for (int k = 0; k < Lanes; k++)
      for (int v = 0; v < V; v++) to[i + v * Lanes + k] = from[i + V * k + v];
}

template <class Weight>
Prepared prepare(const RowProducts& a, float* scratch) {
  constexpr int64_t Size = sizeof(Weight), S = Step<Weight>;
  const uintptr_t begin = (uintptr_t)a.weight.data;
  const bool alike = a.stride * Size % LineBytes == 0 && begin % Size == 0;  // all rows begin at the same place of a line
  int64_t head = alike ? (int64_t)(-begin % LineBytes) / Size : 0;
  head = head % S;
  if (head == 0 && alike && a.width >= 2 * S) head = S;  // read last, a row's first line brings in what follows the row: a sixth faster
  if (a.width < S + head) return {0, 0, a.width, a.x};
  const int64_t body = (a.width - head) / S * S, tail = a.width - head - body;
  Prepared p{head, body, 2 * LongestStep + rounded_up(a.width, 16), (float*)(((uintptr_t)scratch + 63) / 64 * 64)};
  for (int64_t row = 0; row < a.rows; row++) {
    const float* from = a.x + row * a.width;
    float* to = (float*)p.x + row * p.stride;
    float step[LongestStep] = {};
    for (int64_t i = 0; i < head; i++) step[i] = from[i];
    arrange<Weight>(step, S, to);
    for (int64_t i = 0; i < S; i++) step[i] = i < S - tail ? 0.f : from[a.width - S + i];
    arrange<Weight>(step, S, to + LongestStep);
    arrange<Weight>(from + head, body, to + 2 * LongestStep);
  }
  return p;
}

constexpr int64_t BytesAhead = 8192;  // far enough for main memory to answer; beyond the end of the weight it harms nothing

// R rows of the weight with M rows of x. A single row of x leaves nothing to do but wait for memory, which is fastest when read in order;
// with more of them, each of their numbers serves R rows of the weight.
template <int R, int M, class Weight>
INLINE void product_tile(const RowProducts& a, const Prepared& p, int64_t column, int64_t row) {
  constexpr int V = Stored<Weight>::Vectors, S = Step<Weight>, Together = M == 1 ? 1 : R;
  const Weight* weight = (const Weight*)a.weight.data + column * a.stride;
  const float* x = p.x + row * p.stride;
  const char* ahead = (const char*)weight + BytesAhead;
  Vec total[R][M];
  for (int first = 0; first < R; first += Together) {
    const Weight* from = weight + first * a.stride;
    Vec part[Together][M] = {}, other[Together][M] = {};  // what comes second in a pair has sums of its own: chains half as long
    auto add = [&](int r, const Weight* at, const float* with) {
      Vec w[V];
      Stored<Weight>::read(at, w);
      for (int v = 0; v < V; v++)
        for (int m = 0; m < M; m++) (M == 1 && v == 1 ? other : part)[r][m] += w[v] * load(with + m * p.stride + v * Lanes);
    };
    if (p.body == 0) {
      for (int64_t i = 0; i < a.width; i += Lanes) {
        const int64_t left = a.width - i < Lanes ? a.width - i : Lanes;
        for (int r = 0; r < Together; r++) {
          Vec w = load_some(from + r * a.stride + i, left);
          for (int m = 0; m < M; m++) part[r][m] += w * load_some(x + m * p.stride + i, left);
        }
      }
    } else {
      const float* body = x + 2 * LongestStep;
      for (int64_t i = 0; i < p.body; i += S)
        for (int r = 0; r < Together; r++) {
          __builtin_prefetch(ahead);
          ahead += S * sizeof(Weight);
          add(r, from + r * a.stride + p.head + i, body + i);
        }
      if (p.head > 0)
        for (int r = 0; r < Together; r++) add(r, from + r * a.stride, x);
      if (p.head + p.body < a.width)
        for (int r = 0; r < Together; r++) add(r, from + r * a.stride + a.width - S, x + LongestStep);
    }
    for (int r = 0; r < Together; r++)
      for (int m = 0; m < M; m++) total[first + r][m] = M == 1 ? part[r][m] + other[r][m] : part[r][m];
  }
  for (int m = 0; m < M; m++) {
    float* y = a.y + (row + m) * a.columns + column;
    const float* bias = a.bias ? a.bias + column : nullptr;
    if (R == 4) {
      Four s = sums(total[0][m], total[1 % R][m], total[2 % R][m], total[3 % R][m]), b{};
      if (bias) __builtin_memcpy(&b, bias, sizeof b);
      s += b;
      __builtin_memcpy(y, &s, sizeof s);
    } else {
      for (int r = 0; r < R; r++) y[r] = quick_sum(total[r][m]) + (bias ? bias[r] : 0.f);
    }
  }
}

// As many rows of the weight at once as leave the sums in registers; its last rows one by one.
template <int M, class Weight>
KERNEL void product_rows(const RowProducts& a, const Prepared& p, int64_t begin, int64_t end, int64_t row) {
  constexpr int R = M <= 2 ? 4 : Lanes == 16 ? (M <= 5 ? 4 : 2) : (M <= 4 ? 2 : 1);
  int64_t column = begin;
  for (; column + R <= end; column += R) product_tile<R, M, Weight>(a, p, column, row);
  for (; column < end; column++) product_tile<1, M, Weight>(a, p, column, row);
}

template <class Weight>
void products_of(const RowProducts& a, int64_t begin, int64_t end, float* scratch) {
  const Prepared x = prepare<Weight>(a, scratch);
  // A share of the weight stays in the cache while all rows of x pass over it.
  const int64_t share = a.rows <= RowsAtOnce ? end - begin : 16;
  for (int64_t first = begin; first < end; first += share) {
    const int64_t last = first + share < end ? first + share : end;
    for (int64_t row = 0; row < a.rows; row += RowsAtOnce) {
      switch (a.rows - row) {
        case 1: product_rows<1, Weight>(a, x, first, last, row); break;
        case 2: product_rows<2, Weight>(a, x, first, last, row); break;
        case 3: product_rows<3, Weight>(a, x, first, last, row); break;
        case 4: product_rows<4, Weight>(a, x, first, last, row); break;
        case 5: product_rows<5, Weight>(a, x, first, last, row); break;
        case 6: product_rows<6, Weight>(a, x, first, last, row); break;
        case 7: product_rows<7, Weight>(a, x, first, last, row); break;
        default: product_rows<RowsAtOnce, Weight>(a, x, first, last, row); break;
      }
    }
  }
}

void row_products(const RowProducts& a, int64_t begin, int64_t end, float* scratch) {
  switch (a.weight.type) {
    case Number::Float: products_of<float>(a, begin, end, scratch); break;
    case Number::BFloat: products_of<uint16_t>(a, begin, end, scratch); break;
    case Number::Half: products_of<HalfNumber>(a, begin, end, scratch); break;
  }
}

// ---- One query's attention ------------------------------------------------------------------------------------------------------------

constexpr int64_t CachedBlock = 64;  // positions widened to single precision together

int64_t cached_attention_scratch(const CachedAttention& a) {
  const int64_t shared = a.heads / a.groups;
  return 2 * shared * a.size + shared * rounded_up(a.position + 1, Lanes) + CachedBlock * a.size;
}

// scores[j] = q * keys[j] for the positions of one block.
INLINE void score_cached(const float* q, const float* keys, int64_t count, int64_t size, float* scores) {
  constexpr int K = 4;
  int64_t j = 0;
  for (; j + K <= count; j += K) {
    Vec total[K] = {};
    for (int64_t d = 0; d < size; d += Lanes) {
      Vec query = load(q + d);
      for (int k = 0; k < K; k++) total[k] += query * load(keys + (j + k) * size + d);
    }
    Four s = sums(total[0], total[1], total[2], total[3]);
    __builtin_memcpy(scores + j, &s, sizeof s);
  }
  for (; j < count; j++) {
    Vec total{};
    for (int64_t d = 0; d < size; d += Lanes) total += load(q + d) * load(keys + j * size + d);
    scores[j] = quick_sum(total);
  }
}

// mixed[d] += sum over the block's positions of weights[j] * values[j][d], N vectors of the width at a time.
template <int N>
INLINE void mix_cached(const float* weights, const float* values, int64_t count, int64_t size, float* mixed) {
  Vec even[N], odd[N] = {};
  for (int n = 0; n < N; n++) even[n] = load(mixed + n * Lanes);
  int64_t j = 0;
  for (; j + 2 <= count; j += 2)
    for (int n = 0; n < N; n++) {
      even[n] += weights[j] * load(values + j * size + n * Lanes);
      odd[n] += weights[j + 1] * load(values + (j + 1) * size + n * Lanes);
    }
  if (j < count)
    for (int n = 0; n < N; n++) even[n] += weights[j] * load(values + j * size + n * Lanes);
  for (int n = 0; n < N; n++) store(mixed + n * Lanes, even[n] + odd[n]);
}

// Weights of the seen positions, as they stand below the fraction bar, and one over their sum; all zero where nothing is seen.
INLINE float soften(float* scores, int64_t count, const int32_t* visible) {
  float most = Nothing;
  for (int64_t j = 0; j < count; j++) {
    if (visible && !visible[j]) scores[j] = Nothing;
    most = scores[j] > most ? scores[j] : most;
  }
  Vec total{};
  each(count, [&](int64_t i, auto get, auto put) {
    // Beyond the end lie zeros, which must not be counted: they are put, and counted, as what put() keeps of them.
    put(scores + i, exp2(get(scores + i) - most));
  });
  each(count, [&](int64_t i, auto get, auto) { total += get(scores + i); });
  return most <= Nothing ? 0.f : 1.f / quick_sum(total);
}

KERNEL void cached_attention(const CachedAttention& a, int64_t unit, float* scratch) {
  const int64_t batch = unit / a.groups, group = unit % a.groups, shared = a.heads / a.groups, size = a.size, half = size / 2;
  const int64_t count = a.position + 1, row = rounded_up(count, Lanes);
  float *queries = scratch, *mixed = queries + shared * size, *scores = mixed + shared * size, *block = scores + shared * row;
  const float* new_row = a.qkv + batch * (a.heads + 2 * a.groups) * size;
  const float *cos = a.cos + batch * a.angle_batch_stride, *sin = a.sin + batch * a.angle_batch_stride;
  const int64_t key_at = batch * a.key_batch + group * a.key_group, value_at = batch * a.value_batch + group * a.value_group;

  float* key = open_for_writing(a.key, key_at + a.position * size, block);
  turn(new_row + (a.heads + group) * size, key, cos, sin, 1.f, half);
  finish(a.key, key_at + a.position * size, size, key);
  float* value = open_for_writing(a.value, value_at + a.position * size, block);
  __builtin_memcpy(value, new_row + (a.heads + a.groups + group) * size, size * sizeof(float));
  finish(a.value, value_at + a.position * size, size, value);

  for (int64_t h = 0; h < shared; h++) {
    float* q = queries + h * size;
    turn(new_row + (group * shared + h) * size, q, cos, sin, 1.f, half);
    each(size, [&](int64_t i, auto get, auto put) { put(q + i, get(q + i) * (a.scale * Log2E)); });
  }
  for (int64_t first = 0; first < count; first += CachedBlock) {
    const int64_t n = count - first < CachedBlock ? count - first : CachedBlock;
    const float* keys = widen(a.key, key_at + first * size, n * size, block);
    for (int64_t h = 0; h < shared; h++) score_cached(queries + h * size, keys, n, size, scores + h * row + first);
  }
  float* output = a.output + (batch * a.heads + group * shared) * size;
  for (int64_t h = 0; h < shared; h++) {
    const float inverse = soften(scores + h * row, count, a.visible ? a.visible + batch * a.visible_stride : nullptr);
    each(count, [&](int64_t i, auto get, auto put) { put(scores + h * row + i, get(scores + h * row + i) * inverse); });
  }
  __builtin_memset(mixed, 0, shared * size * sizeof(float));
  for (int64_t first = 0; first < count; first += CachedBlock) {
    const int64_t n = count - first < CachedBlock ? count - first : CachedBlock;
    const float* values = widen(a.value, value_at + first * size, n * size, block);
    for (int64_t h = 0; h < shared; h++) {
      int64_t d = 0;
      for (; d + 4 * Lanes <= size; d += 4 * Lanes) mix_cached<4>(scores + h * row + first, values + d, n, size, mixed + h * size + d);
      for (; d < size; d += Lanes) mix_cached<1>(scores + h * row + first, values + d, n, size, mixed + h * size + d);
    }
  }
  __builtin_memcpy(output, mixed, shared * size * sizeof(float));
}
