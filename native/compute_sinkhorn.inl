// Doubly stochastic matrices in single and double precision; included inside a namespace, after the vectors and sums of single precision.

typedef double Doubles __attribute__((vector_size(Lanes * 4)));
typedef int64_t Longs __attribute__((vector_size(Lanes * 4)));
typedef float Halved __attribute__((vector_size(Lanes * 2)));  // as many floats as there are Doubles
constexpr int DoubleLanes = Lanes / 2;

INLINE Doubles load(const double* p) { Doubles v; __builtin_memcpy(&v, p, sizeof v); return v; }
INLINE void store(double* p, Doubles v) { __builtin_memcpy(p, &v, sizeof v); }
INLINE Doubles load_wide(const float* p) { Halved v; __builtin_memcpy(&v, p, sizeof v); return __builtin_convertvector(v, Doubles); }
INLINE Doubles load_wide(const double* p) { return load(p); }
INLINE Doubles larger(Doubles a, Doubles b) { return a > b ? a : b; }
INLINE double quick_sum(Doubles v) {
  double s = 0;
  for (int i = 0; i < DoubleLanes; i++) s += v[i];
  return s;
}
INLINE double largest(Doubles v) { double m = v[0]; for (int i = 1; i < DoubleLanes; i++) m = v[i] > m ? v[i] : m; return m; }

// 2^x to the last digits (Taylor's series of e^(x ln 2) around the nearest whole number); exactly 0 below -1022. NaN stays NaN.
INLINE Doubles exp2(Doubles argument) {
  Doubles x = argument < -1022. ? Doubles{} - 1022. : argument;
  x = x > 1023. ? Doubles{} + 1023. : x;
  constexpr double magic = 6755399441055744.;  // 1.5 * 2^52: adding it leaves the rounded number in the low bits
  Doubles shifted = x + magic;
  Longs whole = (Longs)shifted - 0x4338000000000000;
  Doubles f = (x - (shifted - magic)) * 0.693147180559945309;
  Doubles p = Doubles{} + 1. / 6227020800;
  p = p * f + 1. / 479001600;
  p = p * f + 1. / 39916800;
  p = p * f + 1. / 3628800;
  p = p * f + 1. / 362880;
  p = p * f + 1. / 40320;
  p = p * f + 1. / 5040;
  p = p * f + 1. / 720;
  p = p * f + 1. / 120;
  p = p * f + 1. / 24;
  p = p * f + 1. / 6;
  p = p * f + 0.5;
  p = p * f + 1.;
  p = p * f + 1.;
  return argument < -1022. ? Doubles{} : (Doubles)((Longs)p + (whole << 52));
}

// log2 of numbers that are normal and above 0, by the series of atanh((m - 1) / (m + 1)) for m between 1/sqrt(2) and sqrt(2).
INLINE Doubles log2(Doubles x) {
  Longs whole = (((Longs)x - 0x3fe6a09e667f3bcd) >> 52);
  Doubles m = (Doubles)((Longs)x - (whole << 52));
  Doubles s = (m - 1.) / (m + 1.), q = s * s;
  Doubles p = Doubles{} + 1. / 23;
  p = p * q + 1. / 21;
  p = p * q + 1. / 19;
  p = p * q + 1. / 17;
  p = p * q + 1. / 15;
  p = p * q + 1. / 13;
  p = p * q + 1. / 11;
  p = p * q + 1. / 9;
  p = p * q + 1. / 7;
  p = p * q + 1. / 5;
  p = p * q + 1. / 3;
  p = p * q + 1.;
  // A whole number in the low bits of 1.5 * 2^52, as in exp2.
  Doubles exponent = (Doubles)(whole + 0x4338000000000000) - 6755399441055744.;
  return exponent + s * p * 2.8853900817779268;
}

template <class Real> struct Lane;
template <> struct Lane<float> {
  typedef Vec Vector;
  typedef Words Bits;
  typedef uint32_t Bit;
  static constexpr int Count = Lanes;
  static constexpr double Room = 40;   // scalings from 2^-40 to 2^40: two of them bring nothing back that fell below the least float
};
template <> struct Lane<double> {
  typedef Doubles Vector;
  typedef uint64_t Bit;
  typedef Bit Bits __attribute__((vector_size(Lanes * 4)));
  static constexpr int Count = DoubleLanes;
  static constexpr double Room = 300;
};

constexpr double Least = -1e300;  // below every finite score, and yet a number that can be subtracted

// As each() for either type. The last vector of a row overlaps the one before it; what that has done already is hidden from `get` and kept by `put`.
template <class Real, class Body>
INLINE void span(int64_t n, Body body) {
  typedef typename Lane<Real>::Vector Vector;
  typedef typename Lane<Real>::Bits Bits;
  constexpr int Count = Lane<Real>::Count;
  int64_t i = 0;
  for (; i + Count <= n; i += Count) body(i, [](const Real* p) { return load(p); }, [](Real* p, Vector v) { store(p, v); });
  const int64_t left = n - i;
  if (left == 0) return;
  if (n >= Count) {
    const int64_t back = Count - left;
    Bits mask{};
    for (int k = 0; k < Count; k++) mask[k] = k >= back ? ~(typename Lane<Real>::Bit)0 : 0;
    body(i, [=](const Real* p) { return (Vector)((Bits)load(p - back) & mask); },
         [=](Real* p, Vector v) { store(p - back, (Vector)(((Bits)v & mask) | ((Bits)load(p - back) & ~mask))); });
  } else {
    body(i, [=](const Real* p) { Vector v{}; for (int64_t k = 0; k < left; k++) v[k] = p[k]; return v; },
         [=](Real* p, Vector v) { for (int64_t k = 0; k < left; k++) p[k] = v[k]; });
  }
}

// The logarithms of one row, scale * logits + constant + potentials, into `to`, which is filled up to whole vectors with what counts for nothing.
template <class Real>
INLINE void logarithms(const Real* logits, double scale, double constant, const double* potentials, int64_t n, double* to) {
  int64_t j = 0;
  for (; j + DoubleLanes <= n; j += DoubleLanes) {
    Doubles t = load_wide(logits + j) * scale + constant;
    store(to + j, potentials ? t + load(potentials + j) : t);
  }
  for (; j < n; j++) {
    const double t = logits[j] * scale + constant;
    to[j] = potentials ? t + potentials[j] : t;
  }
  for (; j % Lanes != 0; j++) to[j] = -__builtin_inf();
}

// exp2(a row of logarithms - most), a vector at a time, to `take`.
template <class Take>
INLINE void powers_of(const double* row, double most, int64_t n, float, Take take) {
  for (int64_t j = 0; j < n; j += Lanes) {
    Halved low = __builtin_convertvector(load(row + j) - most, Halved), high = __builtin_convertvector(load(row + j + DoubleLanes) - most, Halved);
    Vec v;
    __builtin_memcpy(&v, &low, sizeof low);
    __builtin_memcpy((char*)&v + sizeof low, &high, sizeof high);
    take(j, exp2(v));
  }
}
template <class Take>
INLINE void powers_of(const double* row, double most, int64_t n, double, Take take) {
  for (int64_t j = 0; j < n; j += DoubleLanes) take(j, exp2(load(row + j) - most));
}

INLINE double greatest(const double* row, int64_t n) {
  Doubles most = Doubles{} + Least;
  for (int64_t j = 0; j < n; j += DoubleLanes) most = larger(load(row + j), most);
  return largest(most);
}

template <class Real>
KERNEL void sinkhorn_row_potentials(const SinkhornMatrix<Real>& a, const double* v, double* u, int64_t begin, int64_t end, double* row) {
  for (int64_t i = begin; i < end; i++) {
    logarithms(a.logits + i * a.n, a.scale, 0, v, a.n, row);
    const double most = greatest(row, a.n);
    typename Lane<Real>::Vector total{};
    powers_of(row, most, a.n, Real(), [&](int64_t, auto e) { total += e; });
    u[i] = -(most + __builtin_log2((double)quick_sum(total)));
  }
}

template <class Real>
KERNEL void sinkhorn_column_parts(const SinkhornMatrix<Real>& a, const double* u, int64_t begin, int64_t end, double* most, double* sums, double* row) {
  for (int64_t j = 0; j < a.n; j++) most[j] = Least, sums[j] = 0;
  for (int64_t i = begin; i < end; i++) {
    logarithms(a.logits + i * a.n, a.scale, u[i], nullptr, a.n, row);
    for (int64_t j = 0; j < a.n; j++) most[j] = row[j] > most[j] ? row[j] : most[j];
  }
  for (int64_t i = begin; i < end; i++) {
    logarithms(a.logits + i * a.n, a.scale, u[i], nullptr, a.n, row);
    for (int64_t j = 0; j < a.n; j++) row[j] -= most[j];
    powers_of(row, 0, a.n, Real(), [&](int64_t j, auto e) {
      for (int k = 0; k < Lane<Real>::Count; k++) row[j + k] = e[k];
    });
    for (int64_t j = 0; j < a.n; j++) sums[j] += row[j];
  }
}

KERNEL void sinkhorn_join_columns(const double* largest, const double* sums, int64_t parts, int64_t n, double* v) {
  for (int64_t j = 0; j < n; j++) {
    double most = Least, total = 0;
    for (int64_t p = 0; p < parts; p++) most = largest[p * n + j] > most ? largest[p * n + j] : most;
    for (int64_t p = 0; p < parts; p++) total += sums[p * n + j] * __builtin_exp2(largest[p * n + j] - most);
    v[j] = -(most + __builtin_log2(total));
  }
}

template <class Real>
KERNEL void sinkhorn_make_kernel(const SinkhornMatrix<Real>& a, const double* u, const double* v, int64_t begin, int64_t end, double* row) {
  for (int64_t i = begin; i < end; i++) {
    logarithms(a.logits + i * a.n, a.scale, u[i], v, a.n, row);
    Real* to = a.kernel + i * a.n;
    powers_of(row, 0, a.n, Real(), [&](int64_t j, auto e) {
      if (j + Lane<Real>::Count <= a.n) store(to + j, e);
      else for (int k = 0; j + k < a.n; k++) to[j + k] = e[k];
    });
  }
}

template <class Real>
KERNEL void sinkhorn_scale_kernel(const SinkhornMatrix<Real>& a, const Real* rows, const Real* columns, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++) {
    Real* row = a.kernel + i * a.n;
    span<Real>(a.n, [&](int64_t j, auto get, auto put) { put(row + j, get(row + j) * rows[i] * get(columns + j)); });
  }
}

// `Rows` rows at once: the vectors x and part are read once for all of them, and the rows themselves are still near when they are read again.
template <int Rows, class Real>
INLINE void sweep_rows(const SinkhornSweep<Real>& a, int64_t i, Real* part) {
  typedef typename Lane<Real>::Vector Vector;
  const Real* row = a.kernel + i * a.n;
  Vector products[Rows] = {};
  span<Real>(a.n, [&](int64_t j, auto get, auto) {
    Vector x = get(a.x + j);
    for (int r = 0; r < Rows; r++) products[r] += get(row + r * a.n + j) * x;
  });
  Real y[Rows];
  for (int r = 0; r < Rows; r++) {
    const Real product = quick_sum(products[r]);
    y[r] = a.y[i + r] = a.slope ? a.offset[i + r] + a.slope[i + r] * product : 1 / product;
  }
  span<Real>(a.n, [&](int64_t j, auto get, auto put) {
    Vector sum = get(part + j);
    for (int r = 0; r < Rows; r++) sum += get(row + r * a.n + j) * y[r];
    put(part + j, sum);
  });
}

template <class Real>
KERNEL void sinkhorn_sweep(const SinkhornSweep<Real>& a, int64_t begin, int64_t end, Real* part) {
  for (int64_t j = 0; j < a.n; j++) part[j] = 0;
  int64_t i = begin;
  for (; i + 4 <= end; i += 4) sweep_rows<4>(a, i, part);
  for (; i < end; i++) sweep_rows<1>(a, i, part);
}

template <class Real>
KERNEL void sinkhorn_add_parts(const Real* parts, int64_t count, int64_t n, Real* sums) {
  for (int64_t j = 0; j < n; j++) sums[j] = parts[j];
  for (int64_t p = 1; p < count; p++)
    for (int64_t j = 0; j < n; j++) sums[j] += parts[p * n + j];
}

template <class Real>
KERNEL void sinkhorn_weigh(const SinkhornGradient<Real>& a, int64_t begin, int64_t end, Real* rows, Real* part) {
  typedef typename Lane<Real>::Vector Vector;
  for (int64_t j = 0; j < a.n; j++) part[j] = 0;
  for (int64_t i = begin; i < end; i++) {
    const Real *kernel = a.kernel + i * a.n, *upstream = a.upstream + i * a.n;
    Vector total{};
    span<Real>(a.n, [&](int64_t j, auto get, auto put) {
      Vector w = get(kernel + j) * get(upstream + j);
      total += w;
      put(part + j, get(part + j) + w);
    });
    rows[i] = quick_sum(total);
  }
}

// Some rows and vectors of columns of the sum over terms, in registers until it is complete.
template <int Rows, int Vectors, class Real, class Get, class Put>
INLINE void gradient_tile(const SinkhornGradient<Real>& a, int64_t i, int64_t j, Get get, Put put) {
  typedef typename Lane<Real>::Vector Vector;
  constexpr int Count = Lane<Real>::Count;
  Vector sums[Rows][Vectors] = {};
  for (int64_t t = 0; t < a.terms; t++) {
    Vector right[Vectors];
    for (int v = 0; v < Vectors; v++) right[v] = get(a.right + t * a.n + j + v * Count);
    for (int r = 0; r < Rows; r++)
      for (int v = 0; v < Vectors; v++) sums[r][v] += right[v] * a.left[t * a.n + i + r];
  }
  for (int r = 0; r < Rows; r++) {
    for (int v = 0; v < Vectors; v++) {
      const int64_t at = (i + r) * a.n + j + v * Count;
      Vector kernel = get(a.kernel + at);
      if (a.upstream) put(a.gradient + at, kernel * (get(a.upstream + at) - sums[r][v]) * (Real)a.factor);
      else put(a.gradient + at, get(a.gradient + at) - kernel * sums[r][v] * (Real)a.factor);
    }
  }
}

template <int Rows, class Real>
INLINE void gradient_rows(const SinkhornGradient<Real>& a, int64_t begin, int64_t end, int64_t j, bool wide) {
  for (int64_t i = begin; i < end; i += Rows) {
    if (wide) gradient_tile<Rows, 4>(a, i, j, [](const Real* p) { return load(p); }, [](Real* p, auto v) { store(p, v); });
    else span<Real>(a.n - j, [&](int64_t k, auto get, auto put) { gradient_tile<Rows, 1>(a, i, j + k, get, put); });
  }
}

template <class Real>
KERNEL void sinkhorn_gradient(const SinkhornGradient<Real>& a, int64_t begin, int64_t end) {
  constexpr int64_t Width = 4 * Lane<Real>::Count;
  const int64_t fours = end - (end - begin) % 4;
  for (int64_t j = 0; j < a.n; j += Width) {
    const bool wide = j + Width <= a.n;
    gradient_rows<4>(a, begin, fours, j, wide);
    gradient_rows<1>(a, fours, end, j, wide);
    if (!wide) return;
  }
}

template <class Real>
KERNEL bool sinkhorn_to_potentials(const double* reference, const Real* scalings, int64_t n, double* potentials) {
  const Real low = (Real)__builtin_exp2(-Lane<Real>::Room), high = (Real)__builtin_exp2(Lane<Real>::Room);
  int64_t outside = 0;  // what is not a number is outside too
  for (int64_t j = 0; j < n; j++) outside += !(scalings[j] > low && scalings[j] < high);
  if (outside != 0) return false;
  int64_t j = 0;
  for (; j + DoubleLanes <= n; j += DoubleLanes) store(potentials + j, load(reference + j) + log2(load_wide(scalings + j)));
  for (; j < n; j++) potentials[j] = reference[j] + __builtin_log2(scalings[j]);
  return true;
}

template <class Real>
KERNEL bool sinkhorn_to_scalings(const double* reference, const double* potentials, int64_t n, Real* scalings) {
  int64_t outside = 0;
  for (int64_t j = 0; j < n; j++) outside += !(__builtin_fabs(potentials[j] - reference[j]) < Lane<Real>::Room);
  if (outside != 0) return false;
  int64_t j = 0;
  for (; j + DoubleLanes <= n; j += DoubleLanes) {
    Doubles e = exp2(load(potentials + j) - load(reference + j));
    for (int k = 0; k < DoubleLanes; k++) scalings[j + k] = (Real)e[k];
  }
  for (; j < n; j++) scalings[j] = (Real)__builtin_exp2(potentials[j] - reference[j]);
  return true;
}

template <class Real>
constexpr SinkhornArithmetic<Real> sinkhorn_arithmetic() {
  return {sinkhorn_row_potentials<Real>, sinkhorn_column_parts<Real>, sinkhorn_join_columns,     sinkhorn_make_kernel<Real>, sinkhorn_scale_kernel<Real>, sinkhorn_sweep<Real>,
          sinkhorn_add_parts<Real>,      sinkhorn_weigh<Real>,        sinkhorn_gradient<Real>, sinkhorn_to_potentials<Real>, sinkhorn_to_scalings<Real>};
}
