// Doubly stochastic matrices from scores: rows and columns scaled in turn, and the gradients of that.
//
// Z = scores / temperature, P = exp(Z + u + v). While potentials stay near those that a kernel K = exp(Z + u0 + v0) was made from, an iteration
// is a product of K with the scalings of its columns and one with those of its rows, in one pass over K and without an exponential; where they
// leave, the iteration is made in the log domain instead, and K anew. The backward pass goes the same way through the potentials that were kept.
//
// Work is cut into blocks of rows whose sums are added up in order: the bits do not depend on the number of threads.
#include "operators.h"

#include <torch/library.h>

#include <cmath>
#include <limits>
#include <memory>

namespace collimate {
namespace {

using torch::autograd::Function;

constexpr int64_t BlockRows = 32;
constexpr int64_t Worth = 128 << 10;  // elements that are worth a thread's while
constexpr int64_t LongestWait = 16;   // iterations in the log domain between two attempts with a kernel

template <class Real> const SinkhornArithmetic<Real>& arithmetic();
template <> const SinkhornArithmetic<float>& arithmetic() { return compute().sinkhorn; }
template <> const SinkhornArithmetic<double>& arithmetic() { return compute().sinkhorn_double; }

// One matrix and the numbers that its blocks of rows leave.
template <class Real>
struct Blocks {
  SinkhornMatrix<Real> matrix;
  int64_t n = matrix.n, count = (n + BlockRows - 1) / BlockRows;
  std::vector<Real> parts = std::vector<Real>(count * n);
  std::vector<double> largest, sums;
  const SinkhornArithmetic<Real>& with = arithmetic<Real>();

  // Runs work(block, begin, end) for every block of rows.
  template <class Work>
  void each(const Work& work) const {
    at::parallel_for(0, count, std::max<int64_t>(1, Worth / (BlockRows * n)), [&](int64_t first, int64_t last) {
      for (int64_t b = first; b < last; b++) work(b, b * BlockRows, std::min(n, (b + 1) * BlockRows));
    });
  }

  // K x through offset and slope to y, and then K transposed times y to `columns`.
  void sweep(const Real* x, const Real* offset, const Real* slope, Real* y, Real* columns) {
    const SinkhornSweep<Real> a{matrix.kernel, n, x, offset, slope, y};
    each([&](int64_t b, int64_t begin, int64_t end) { with.sweep(a, begin, end, parts.data() + b * n); });
    with.add_parts(parts.data(), count, n, columns);
  }

  void row_step(const double* v, double* u) {
    each([&](int64_t, int64_t begin, int64_t end) {
      std::vector<double> row(n + 32);
      with.row_potentials(matrix, v, u, begin, end, row.data());
    });
  }

  void column_step(const double* u, double* v) {
    largest.resize(count * n), sums.resize(count * n);
    each([&](int64_t b, int64_t begin, int64_t end) {
      std::vector<double> row(n + 32);
      with.column_parts(matrix, u, begin, end, largest.data() + b * n, sums.data() + b * n, row.data());
    });
    with.join_columns(largest.data(), sums.data(), count, n, v);
  }

  void make_kernel(const double* u, const double* v) {
    each([&](int64_t, int64_t begin, int64_t end) {
      std::vector<double> row(n + 32);
      with.make_kernel(matrix, u, v, begin, end, row.data());
    });
  }
};

struct Schedule {
  double scale;  // log2(e) / temperature
  int64_t iterations, check_every;
  double tolerance;  // of potentials in base 2
};

// Runs the iterations on one matrix. `potentials` is [slots, 2, n]: u and v of each iteration, the slots used in turn.
template <class Real>
struct Scaling {
  Blocks<Real> blocks;
  Schedule schedule;
  double* potentials;
  int64_t slots;
  int64_t n = blocks.n;
  std::vector<double> zeros = std::vector<double>(n), u0 = zeros, v0 = zeros;
  std::vector<Real> rows = std::vector<Real>(n, 1), columns = rows, next = rows;
  bool has_kernel = false;
  int64_t wait = 0, patience = 1;

  double* u(int64_t t) { return potentials + t % slots * 2 * n; }
  double* v(int64_t t) { return t < 0 ? zeros.data() : u(t) + n; }

  // The kernel becomes the result; what comes back is how many iterations there were.
  int64_t run() {
    int64_t t = 0;
    while (t < schedule.iterations) {
      if (!by_products(t) && !by_logarithms(t)) {
        std::fill(blocks.matrix.kernel, blocks.matrix.kernel + n * n, std::numeric_limits<Real>::quiet_NaN());
        return t + 1;
      }
      t++;
      if (schedule.tolerance > 0 && t > 1 && t % schedule.check_every == 0 && moved(t - 1) <= schedule.tolerance) break;
    }
    if (has_kernel) blocks.each([&](int64_t, int64_t begin, int64_t end) { blocks.with.scale_kernel(blocks.matrix, rows.data(), columns.data(), begin, end); });
    else blocks.make_kernel(u(t - 1), v(t - 1));
    return t;
  }

  bool by_products(int64_t t) {
    if (!has_kernel) return false;
    blocks.sweep(columns.data(), nullptr, nullptr, rows.data(), next.data());
    for (auto& sum : next) sum = 1 / sum;
    has_kernel = blocks.with.to_potentials(u0.data(), rows.data(), n, u(t)) && blocks.with.to_potentials(v0.data(), next.data(), n, v(t));
    if (has_kernel) {
      columns.swap(next);
      patience = 1;
    } else {
      wait = patience - 1;
      patience = std::min(2 * patience, LongestWait);
    }
    return has_kernel;
  }

  // False where the potentials are no numbers.
  bool by_logarithms(int64_t t) {
    blocks.row_step(v(t - 1), u(t));
    blocks.column_step(u(t), v(t));
    for (int64_t j = 0; j < n; j++) if (!std::isfinite(v(t)[j])) return false;
    if (wait-- > 0) return true;
    u0.assign(u(t), u(t) + n), v0.assign(v(t), v(t) + n);
    std::fill(rows.begin(), rows.end(), Real(1)), std::fill(columns.begin(), columns.end(), Real(1));
    blocks.make_kernel(u0.data(), v0.data());
    wait = 0;
    return has_kernel = true;
  }

  double moved(int64_t t) {
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = std::max(most, std::abs(u(t)[i] - u(t - 1)[i]));
    return most;
  }
};

// The gradient of Z from that of P. Through C = K after the columns' step and R = K after the rows': du -= C dv, dv = -R^T du, dZ -= C dv + R du.
// All iterations that share a kernel add K * (sum of outer products of their vectors), which is one product of matrices at the end.
template <class Real>
struct Unrolling {
  Blocks<Real> blocks;
  SinkhornGradient<Real> out;  // upstream until the first of it is written
  const double* potentials;    // [iterations, 2, n]
  int64_t iterations;
  int64_t n = blocks.n;
  std::unique_ptr<Real[]> remade;  // the kernel's memory where it is no longer the result
  std::vector<double> zeros = std::vector<double>(n);
  std::vector<Real> du = std::vector<Real>(n), dv = du, ones = std::vector<Real>(n, 1), a = du, b = du, before = du, offset = du, slope = du, left, right;
  const double *u0 = u(iterations - 1), *v0 = v(iterations - 1);

  const double* u(int64_t t) const { return potentials + t * 2 * n; }
  const double* v(int64_t t) const { return t < 0 ? zeros.data() : u(t) + n; }

  void run() {
    blocks.each([&](int64_t k, int64_t begin, int64_t end) { blocks.with.weigh(out, begin, end, du.data(), blocks.parts.data() + k * n); });
    blocks.with.add_parts(blocks.parts.data(), blocks.count, n, dv.data());
    const double enough = least_that_counts();
    for (int64_t t = iterations - 1; t >= 0; t--) {
      if (!by_products(t)) by_kernels(t);
      std::fill(du.begin(), du.end(), Real(0));
      // Neither step makes the sum of magnitudes larger, so this bounds all that is still to come.
      if (2 * t * magnitude(dv) <= enough) break;
    }
    flush();
  }

 private:
  static double magnitude(const std::vector<Real>& x) {
    double total = 0;
    for (auto value : x) total += std::abs(value);
    return total;
  }

  // Where no element of the gradient could change by more than a rounding error of what a row of it holds on average.
  double least_that_counts() const { return (magnitude(du) + magnitude(dv)) / n * std::numeric_limits<Real>::epsilon() / 16; }

  bool by_products(int64_t t) {
    const auto& with = blocks.with;
    if (!with.to_scalings(u0, u(t), n, a.data()) || !with.to_scalings(v0, v(t), n, b.data()) || !with.to_scalings(v0, v(t - 1), n, before.data())) return false;
    const size_t at = left.size();
    left.resize(at + 2 * n), right.resize(at + 2 * n);
    Real *row_scaled = left.data() + at + n, *column_scaled = right.data() + at;
    for (int64_t j = 0; j < n; j++) {
      column_scaled[j] = b[j] * dv[j];
      offset[j] = a[j] * du[j];
      slope[j] = -a[j] * a[j];
    }
    blocks.sweep(column_scaled, offset.data(), slope.data(), row_scaled, dv.data());
    for (int64_t j = 0; j < n; j++) dv[j] *= -before[j];
    std::copy(a.begin(), a.end(), left.begin() + at);
    std::copy(before.begin(), before.end(), right.begin() + at + n);
    return true;
  }

  // Where no one kernel serves both steps: one for each, of which the second may serve the iterations before.
  void by_kernels(int64_t t) {
    flush();
    if (!remade) remade.reset(new Real[n * n]);
    out.kernel = blocks.matrix.kernel = remade.get();
    blocks.make_kernel(u(t), v(t));
    add_term(ones, dv);
    std::fill(slope.begin(), slope.end(), Real(-1));
    blocks.sweep(dv.data(), du.data(), slope.data(), a.data(), b.data());
    flush();
    blocks.make_kernel(u(t), v(t - 1));
    std::fill(slope.begin(), slope.end(), Real(0));
    du = a;
    blocks.sweep(ones.data(), du.data(), slope.data(), a.data(), dv.data());
    for (auto& x : dv) x = -x;
    add_term(du, ones);
    u0 = u(t), v0 = v(t - 1);
  }

  void add_term(const std::vector<Real>& of_rows, const std::vector<Real>& of_columns) {
    left.insert(left.end(), of_rows.begin(), of_rows.end());
    right.insert(right.end(), of_columns.begin(), of_columns.end());
  }

  void flush() {
    if (left.empty() && out.upstream == nullptr) return;
    out.terms = left.size() / n, out.left = left.data(), out.right = right.data();
    blocks.each([&](int64_t, int64_t begin, int64_t end) { blocks.with.gradient(out, begin, end); });
    out.upstream = nullptr;
    left.clear(), right.clear();
  }
};

// The gradient at the limit, from P alone: dZ = W - P * (x 1^T + 1 y^T), where with r and c the sums of P's rows and columns
// r x + P y = the row sums of W and P^T x + c y = its column sums. Without x: (c - P^T (1 / r) P) y = w_columns - P^T (w_rows / r), which is
// symmetric, not negative, and zero where y is constant; conjugate gradients solve it.
template <class Real>
struct Limit {
  Blocks<Real> blocks;
  SinkhornGradient<Real> out;
  int64_t n = blocks.n;
  static constexpr int64_t MaximumSteps = 500;
  std::vector<Real> zeros = std::vector<Real>(n), ones = std::vector<Real>(n, 1), x = zeros, y = zeros, image = zeros, of_rows = zeros, of_columns = zeros, inverse = zeros, offset = zeros;
  std::vector<double> columns = std::vector<double>(n), solution = columns, residual = columns, direction = columns;

  void run() {
    blocks.each([&](int64_t b, int64_t begin, int64_t end) { blocks.with.weigh(out, begin, end, of_rows.data(), blocks.parts.data() + b * n); });
    blocks.with.add_parts(blocks.parts.data(), blocks.count, n, of_columns.data());
    blocks.sweep(ones.data(), zeros.data(), ones.data(), x.data(), image.data());
    for (int64_t i = 0; i < n; i++) inverse[i] = 1 / x[i], offset[i] = of_rows[i] * inverse[i];
    blocks.sweep(zeros.data(), ones.data(), zeros.data(), x.data(), image.data());
    columns.assign(image.begin(), image.end());
    blocks.sweep(zeros.data(), offset.data(), zeros.data(), x.data(), image.data());
    double size = 0;
    for (int64_t j = 0; j < n; j++) {
      residual[j] = of_columns[j] - image[j];
      size += double(of_rows[j]) * of_rows[j] + double(of_columns[j]) * of_columns[j];
    }
    const double precision = sizeof(Real) == sizeof(float) ? 1e-6 : 1e-14;
    solve(size * precision * precision);
    std::vector<Real> slope(n), left(2 * n, 1), right(2 * n, 1);
    for (int64_t j = 0; j < n; j++) right[n + j] = static_cast<Real>(solution[j]), slope[j] = -inverse[j];
    blocks.sweep(right.data() + n, offset.data(), slope.data(), left.data(), image.data());
    out.terms = 2, out.left = left.data(), out.right = right.data();
    blocks.each([&](int64_t, int64_t begin, int64_t end) { blocks.with.gradient(out, begin, end); });
  }

 private:
  static double dot(const std::vector<double>& p, const std::vector<double>& q) {
    double total = 0;
    for (size_t k = 0; k < p.size(); k++) total += p[k] * q[k];
    return total;
  }

  void center(std::vector<double>& p) const {
    double mean = 0;
    for (auto value : p) mean += value / n;
    for (auto& value : p) value -= mean;
  }

  void solve(double enough) {
    center(residual);
    direction = residual;
    double size = dot(residual, residual);
    std::vector<double> product(n);
    for (int64_t step = 0; step < MaximumSteps && size > enough; step++) {
      for (int64_t j = 0; j < n; j++) y[j] = static_cast<Real>(direction[j]);
      blocks.sweep(y.data(), zeros.data(), inverse.data(), x.data(), image.data());
      for (int64_t j = 0; j < n; j++) product[j] = columns[j] * direction[j] - image[j];
      const double curvature = dot(direction, product);
      if (!(curvature > 0)) return;  // nothing but rounding errors is left in this direction
      const double pace = size / curvature;
      for (int64_t j = 0; j < n; j++) solution[j] += pace * direction[j], residual[j] -= pace * product[j];
      center(residual);
      const double before = size;
      size = dot(residual, residual);
      for (int64_t j = 0; j < n; j++) direction[j] = residual[j] + size / before * direction[j];
    }
  }
};

// Runs work(matrix) over a batch: many matrices at once where there are enough, else one after the other, each by all threads.
template <class Work>
void over_matrices(int64_t batch, int64_t n, const Work& work) {
  if (batch < at::get_num_threads()) {
    for (int64_t m = 0; m < batch; m++) work(m);
    return;
  }
  at::parallel_for(0, batch, std::max<int64_t>(1, Worth / std::max<int64_t>(1, 10 * n * n)), [&](int64_t begin, int64_t end) {
    for (int64_t m = begin; m < end; m++) work(m);
  });
}

struct SinkhornFunction : Function<SinkhornFunction> {
  static at::Tensor forward(Context* ctx, const at::Tensor& logits, double temperature, int64_t iterations, double tolerance, int64_t check_every, bool is_limit, bool records) {
    auto in = logits.contiguous(), result = at::empty(in.sizes(), in.options());
    const int64_t n = in.size(-1), batch = in.numel() / (n * n), slots = records && !is_limit ? iterations : std::min<int64_t>(2, iterations);
    auto potentials = at::empty({batch, slots, 2, n}, in.options().dtype(at::kDouble));
    auto counts = at::empty({batch}, in.options().dtype(at::kLong));
    const double log2e = 1 / std::log(2.0);
    const Schedule schedule{log2e / temperature, iterations, check_every, tolerance * log2e};
    AT_DISPATCH_FLOATING_TYPES(in.scalar_type(), "sinkhorn", [&] {
      over_matrices(batch, n, [&](int64_t m) {
        const SinkhornMatrix<scalar_t> matrix{in.data_ptr<scalar_t>() + m * n * n, result.data_ptr<scalar_t>() + m * n * n, n, schedule.scale};
        Scaling<scalar_t> scaling{{matrix}, schedule, potentials.data_ptr<double>() + m * slots * 2 * n, slots};
        counts.data_ptr<int64_t>()[m] = scaling.run();
      });
    });
    if (is_limit) ctx->save_for_backward({result});
    else if (records) ctx->save_for_backward({in, result, potentials, counts});
    ctx->saved_data["temperature"] = temperature;
    return result;
  }

  static Variables backward(Context* ctx, Variables gradients) {
    auto saved = ctx->get_saved_variables();
    const bool is_limit = saved.size() == 1;
    auto result = is_limit ? saved[0] : saved[1], upstream = gradients[0].contiguous(), gradient = at::empty(result.sizes(), result.options());
    const int64_t n = result.size(-1), batch = result.numel() / (n * n);
    const double factor = 1 / ctx->saved_data["temperature"].toDouble();
    AT_DISPATCH_FLOATING_TYPES(result.scalar_type(), "sinkhorn_backward", [&] {
      over_matrices(batch, n, [&](int64_t m) {
        const int64_t at = m * n * n;
        auto* kernel = result.data_ptr<scalar_t>() + at;
        SinkhornGradient<scalar_t> out{kernel, upstream.data_ptr<scalar_t>() + at, gradient.data_ptr<scalar_t>() + at, n, 0, nullptr, nullptr, factor};
        if (is_limit) {
          Limit<scalar_t>{{{nullptr, kernel, n, 0}}, out}.run();
        } else {
          const SinkhornMatrix<scalar_t> matrix{saved[0].data_ptr<scalar_t>() + at, kernel, n, factor / std::log(2.0)};
          auto* potentials = saved[2].data_ptr<double>() + m * saved[2].size(1) * 2 * n;
          Unrolling<scalar_t>{{matrix}, out, potentials, saved[3].data_ptr<int64_t>()[m]}.run();
        }
      });
    });
    return {gradient, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

at::Tensor sinkhorn(const at::Tensor& logits, double temperature, int64_t iterations, double tolerance, int64_t check_every, bool is_limit) {
  TORCH_CHECK(logits.device().is_cpu() && (logits.scalar_type() == at::kFloat || logits.scalar_type() == at::kDouble) && logits.dim() >= 2 &&
              logits.size(-1) == logits.size(-2) && logits.size(-1) > 0,
              "sinkhorn: expected 32- or 64-bit floats of shape [..., n, n] on the CPU, got ", logits.scalar_type(), " ", logits.sizes(), " on ", logits.device());
  TORCH_CHECK(temperature > 0 && iterations > 0 && check_every > 0, "sinkhorn: temperature, iterations and check_every must be above 0");
  return SinkhornFunction::apply(logits, temperature, iterations, tolerance, check_every, is_limit, at::GradMode::is_enabled() && logits.requires_grad());
}

}  // namespace
}  // namespace collimate

TORCH_LIBRARY_FRAGMENT(collimate, m) {
  m.def("sinkhorn(Tensor logits, float temperature, int iterations, float tolerance, int check_every, bool is_limit) -> Tensor", &collimate::sinkhorn);
}
