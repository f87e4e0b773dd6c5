// Vectors of the width that the instruction set at hand has, in the compiler's own vector types; included inside a namespace.
#if defined(__AVX512F__)
constexpr int Lanes = 16;
#elif defined(__AVX2__)
constexpr int Lanes = 8;
#else
constexpr int Lanes = 4;
#endif
#define INLINE inline __attribute__((always_inline))
#define KERNEL __attribute__((flatten))  // all that it calls becomes part of it, lambdas too

typedef float Vec __attribute__((vector_size(Lanes * 4)));
typedef int32_t Ints __attribute__((vector_size(Lanes * 4)));
typedef uint32_t Words __attribute__((vector_size(Lanes * 4)));
typedef uint16_t Halves __attribute__((vector_size(Lanes * 2)));

INLINE Vec splat(float x) { return x - Vec{}; }
INLINE Vec load(const float* p) { Vec v; __builtin_memcpy(&v, p, sizeof v); return v; }
INLINE void store(float* p, Vec v) { __builtin_memcpy(p, &v, sizeof v); }
INLINE Vec load(const uint16_t* p) {
  Halves h;
  __builtin_memcpy(&h, p, sizeof h);
  return (Vec)(__builtin_convertvector(h, Words) << 16);
}
// Rounds to the nearest, ties to even; a NaN stays one because the processor's own NaNs have room in the low half.
INLINE void store(uint16_t* p, Vec v) {
  Words w = (Words)v;
  Halves h = __builtin_convertvector((w + 0x7fffu + ((w >> 16) & 1u)) >> 16, Halves);
  __builtin_memcpy(p, &h, sizeof h);
}
INLINE float to_float(float x) { return x; }
INLINE float to_float(uint16_t x) { uint32_t w = (uint32_t)x << 16; float f; __builtin_memcpy(&f, &w, 4); return f; }
INLINE void set(float* p, float x) { *p = x; }
INLINE void set(uint16_t* p, float x) { uint32_t w; __builtin_memcpy(&w, &x, 4); *p = (uint16_t)((w + 0x7fffu + ((w >> 16) & 1u)) >> 16); }

INLINE Vec larger(Vec a, Vec b) { return a > b ? a : b; }
INLINE float sum(Vec v) { float s = 0; for (int i = 0; i < Lanes; i++) s += v[i]; return s; }
INLINE float largest(Vec v) { float m = v[0]; for (int i = 1; i < Lanes; i++) m = v[i] > m ? v[i] : m; return m; }

// 2^x to about 2e-7 (Cephes' polynomial); exactly 0 below -126, so that what is hidden gets no gradient at all. NaN stays NaN.
INLINE Vec exp2(Vec argument) {
  Vec x = argument < -126.f ? splat(-126.f) : argument;
  x = x > 127.f ? splat(127.f) : x;
  constexpr float magic = 12582912.f;  // 1.5 * 2^23: adding it leaves the rounded number in the low bits
  Vec shifted = x + magic;
  Ints whole = (Ints)shifted - 0x4b400000;
  Vec f = x - (shifted - magic);
  Vec p = splat(1.535336188319500e-4f);
  p = p * f + 1.339887440266574e-3f;
  p = p * f + 9.618437357674640e-3f;
  p = p * f + 5.550332471162809e-2f;
  p = p * f + 2.402264791363012e-1f;
  p = p * f + 6.931472028550421e-1f;
  p = p * f + 1.f;
  return argument < -126.f ? Vec{} : (Vec)((Ints)p + (whole << 23));
}
constexpr float Log2E = 1.44269504088896341f;
constexpr float Ln2 = 0.69314718055994531f;
INLINE Vec exp(Vec x) { return exp2(x * Log2E); }
INLINE Vec sigmoid(Vec x) { return 1.f / (1.f + exp(-x)); }

// Numbers as floats: the memory itself where it holds floats, a converted copy in `scratch` where it does not.
INLINE const float* widen(const Numbers& from, int64_t offset, int64_t n, float* scratch) {
  if (from.type == Number::Float) return (const float*)from.data + offset;
  const uint16_t* p = (const uint16_t*)from.data + offset;
  int64_t i = 0;
  for (; i + Lanes <= n; i += Lanes) store(scratch + i, load(p + i));
  for (; i < n; i++) scratch[i] = to_float(p[i]);
  return scratch;
}
// Where floats may be written before finish(): the memory itself, or scratch.
INLINE float* open_for_writing(const Numbers& to, int64_t offset, float* scratch) {
  return to.type == Number::Float ? (float*)to.data + offset : scratch;
}
INLINE void finish(const Numbers& to, int64_t offset, int64_t n, const float* written) {
  if (to.type == Number::Float) return;
  uint16_t* p = (uint16_t*)to.data + offset;
  int64_t i = 0;
  for (; i + Lanes <= n; i += Lanes) store(p + i, load(written + i));
  for (; i < n; i++) set(p + i, written[i]);
}
// The last few numbers of a row, in a vector filled up with zeros.
INLINE Vec load_some(const float* p, int64_t n) { Vec v{}; for (int64_t i = 0; i < n; i++) v[i] = p[i]; return v; }
INLINE void store_some(float* p, Vec v, int64_t n) { for (int64_t i = 0; i < n; i++) p[i] = v[i]; }

// Runs body(offset, load, store) over n numbers, a vector at a time.
template <class Body>
INLINE void each(int64_t n, Body body) {
  int64_t i = 0;
  for (; i + Lanes <= n; i += Lanes) body(i, [](const float* p) { return load(p); }, [](float* p, Vec v) { store(p, v); });
  if (i < n) {
    int64_t left = n - i;
    body(i, [left](const float* p) { return load_some(p, left); }, [left](float* p, Vec v) { store_some(p, v, left); });
  }
}
