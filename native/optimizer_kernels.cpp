// Fused updates over lists of parameters: AdamW in one pass, with moments of 32 or 8 bits, and the norm of all gradients.
#include "operators.h"

#include <torch/library.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace collimate {
namespace {

bool is_plain(const at::Tensor& t) { return t.device().is_cpu() && t.scalar_type() == at::kFloat && t.is_contiguous(); }

// The same update of parameters that the arithmetic in compute.h does not take.
void composed_adamw(const at::Tensor& p, at::Tensor g, const at::Tensor& m, const at::Tensor& v, double gradient_scale, double rate, double beta1,
                    double beta2, double epsilon, double decay, int64_t step) {
  g = g.to(m.scalar_type());
  if (gradient_scale != 1) g = g * gradient_scale;
  m.mul_(beta1).add_(g, 1 - beta1);
  v.mul_(beta2).addcmul_(g, g, 1 - beta2);
  auto root = v.sqrt().div_(std::sqrt(1 - std::pow(beta2, step))).add_(epsilon);
  p.mul_(1 - rate * decay).addcdiv_(m, root, -rate / (1 - std::pow(beta1, step)));
}

// What all parameters of a step share.
AdamW shared_by_all(double gradient_scale, double rate, double beta1, double beta2, double epsilon, double decay, int64_t step) {
  AdamW a{};
  a.gradient_scale = static_cast<float>(gradient_scale);
  a.decay = static_cast<float>(1 - rate * decay);
  a.beta1 = static_cast<float>(beta1), a.new1 = static_cast<float>(1 - beta1);
  a.beta2 = static_cast<float>(beta2), a.new2 = static_cast<float>(1 - beta2);
  a.epsilon = static_cast<float>(epsilon);
  a.step_size = static_cast<float>(rate / (1 - std::pow(beta1, step)));
  a.inverse_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, step)));
  return a;
}

// A gradient may be scaled on the way in (clipping by norm), which spares a pass over all of them.
void adamw_(at::TensorList parameters, at::TensorList gradients, at::TensorList means, at::TensorList squares, double rate, double beta1,
            double beta2, double epsilon, double decay, int64_t step, const optional<at::Tensor>& gradient_scale) {
  TORCH_CHECK(parameters.size() == gradients.size() && parameters.size() == means.size() && parameters.size() == squares.size(),
              "adamw_: ", parameters.size(), " parameters, ", gradients.size(), " gradients, ", means.size(), " first and ", squares.size(), " second moments; the counts must agree");
  TORCH_CHECK(step >= 1, "adamw_: steps are counted from 1, got ", step);
  at::NoGradGuard no_grad;
  const double scale = gradient_scale ? gradient_scale->item<double>() : 1;
  const AdamW a = shared_by_all(scale, rate, beta1, beta2, epsilon, decay, step);
  for (size_t k = 0; k < parameters.size(); k++) {
    auto &p = parameters[k], &m = means[k], &v = squares[k];
    auto g = gradients[k];
    TORCH_CHECK(p.sizes() == g.sizes() && p.sizes() == m.sizes() && p.sizes() == v.sizes(),
                "adamw_: parameter ", k, " has shape ", p.sizes(), ", its gradient ", g.sizes(), ", its moments ", m.sizes(), " and ", v.sizes());
    if (!(is_plain(p) && is_plain(m) && is_plain(v) && g.device().is_cpu() && g.scalar_type() == at::kFloat)) {
      composed_adamw(p, g, m, v, scale, rate, beta1, beta2, epsilon, decay, step);
      continue;
    }
    g = g.contiguous();
    AdamW own = a;
    own.parameter = p.data_ptr<float>(), own.mean = m.data_ptr<float>(), own.square = v.data_ptr<float>(), own.gradient = g.data_ptr<float>();
    over_rows(p.numel(), 1, [&](int64_t begin, int64_t end) { compute().adamw(own, begin, end); });
    for (auto* changed : {&p, &m, &v}) changed->unsafeGetTensorImpl()->bump_version();  // autograd did not see the writes
  }
}

// ---- Moments of 8 bits (Dettmers et al. 2022) -----------------------------------------------------------------------------------------

at::Tensor borders_of(const at::Tensor& values) { return (values.narrow(0, 0, 255) + values.narrow(0, 1, 255)) / 2; }

CodeBook book_of(const at::Tensor& values) {
  CodeBook book;
  auto borders = borders_of(values);
  std::copy_n(values.data_ptr<float>(), 256, book.values);
  std::copy_n(borders.data_ptr<float>(), 255, book.borders);
  book.borders[255] = std::numeric_limits<float>::infinity();
  auto number = [](int32_t bucket) {  // the least number of a bucket
    const uint32_t bits = static_cast<uint32_t>(bucket + CodeBook::Lowest) << 16;
    float x;
    std::memcpy(&x, &bits, 4);
    return x;
  };
  auto up_to = [&](float x) { return std::upper_bound(book.borders, book.borders + 255, x) - book.borders; };
  for (int32_t bucket = 0; bucket < CodeBook::Buckets; bucket++) {
    const float low = bucket == 0 ? 0.f : number(bucket), high = number(bucket + 1);
    book.first[bucket] = static_cast<uint8_t>(up_to(low));
    book.first[CodeBook::Buckets + bucket] = static_cast<uint8_t>(up_to(-high));
    TORCH_CHECK(up_to(std::nextafter(high, 0.f)) - up_to(low) <= 1 && up_to(-low) - up_to(-high) <= 1, "adamw_8bit_: the values of the table lie too close to be told apart near ", low);
  }
  return book;
}

// Moments [elements] to codes and the largest magnitude of each block; what codes stand for the other way.
std::tuple<at::Tensor, at::Tensor> composed_codes(const at::Tensor& x, const at::Tensor& values, bool keeps_above_zero) {
  const int64_t count = x.numel(), blocks = (count + AdamW8Bit::Block - 1) / AdamW8Bit::Block;
  auto rows = at::constant_pad_nd(x, {0, blocks * AdamW8Bit::Block - count}).view({blocks, AdamW8Bit::Block});
  auto scales = rows.abs().amax(1);
  auto codes = at::bucketize(rows / at::where(scales > 0, scales, at::ones_like(scales)).unsqueeze(1), borders_of(values), false, true);
  if (keeps_above_zero) codes = at::where((codes == 0).logical_and(rows > 0), at::ones_like(codes), codes);
  return {codes.view({-1}).narrow(0, 0, count).to(at::kByte), scales};
}

at::Tensor composed_moment(const at::Tensor& codes, const at::Tensor& scales, const at::Tensor& values) {
  return values.index_select(0, codes.reshape({-1}).to(at::kLong)) * scales.repeat_interleave(AdamW8Bit::Block).narrow(0, 0, codes.numel());
}

void composed_adamw_8bit(const at::Tensor& p, const at::Tensor& gradient, const at::Tensor& m_codes, const at::Tensor& m_scales, const at::Tensor& v_codes,
                         const at::Tensor& v_scales, const at::Tensor& m_values, const at::Tensor& v_values, const AdamW& a) {
  auto g = gradient.reshape({-1}).to(at::kFloat) * a.gradient_scale;
  auto m = composed_moment(m_codes, m_scales, m_values) * a.beta1 + g * a.new1;
  auto v = composed_moment(v_codes, v_scales, v_values) * a.beta2 + g * g * a.new2;
  p.mul_(a.decay).sub_((a.step_size * m / (v.sqrt() * a.inverse_correction + a.epsilon)).view(p.sizes()).to(p.scalar_type()));
  auto [mean, mean_scales] = composed_codes(m, m_values, false);
  auto [square, square_scales] = composed_codes(v, v_values, true);
  m_codes.copy_(mean.view(p.sizes())), m_scales.copy_(mean_scales);
  v_codes.copy_(square.view(p.sizes())), v_scales.copy_(square_scales);
}

// Codes have the parameter's shape; blocks run over its elements in their order. The tables hold 256 values in rising order.
void adamw_8bit_(at::TensorList parameters, at::TensorList gradients, at::TensorList means, at::TensorList mean_scales, at::TensorList squares,
                 at::TensorList square_scales, const at::Tensor& mean_values, const at::Tensor& square_values, double rate, double beta1, double beta2,
                 double epsilon, double decay, int64_t step, const optional<at::Tensor>& gradient_scale) {
  const size_t count = parameters.size();
  TORCH_CHECK(count == gradients.size() && count == means.size() && count == mean_scales.size() && count == squares.size() && count == square_scales.size(),
              "adamw_8bit_: the lists must be of one length, got ", count, " parameters and ", gradients.size(), " gradients");
  TORCH_CHECK(step >= 1, "adamw_8bit_: steps are counted from 1, got ", step);
  at::NoGradGuard no_grad;
  for (auto* values : {&mean_values, &square_values})
    TORCH_CHECK(is_plain(*values) && values->numel() == 256, "adamw_8bit_: a table is 256 values in single precision on the CPU, got ", values->scalar_type(), " ", values->sizes());
  const AdamW shared = shared_by_all(gradient_scale ? gradient_scale->item<double>() : 1, rate, beta1, beta2, epsilon, decay, step);
  const CodeBook mean_book = book_of(mean_values), square_book = book_of(square_values);
  for (size_t k = 0; k < count; k++) {
    auto &p = parameters[k], &m = means[k], &ms = mean_scales[k], &v = squares[k], &vs = square_scales[k];
    const int64_t blocks = (p.numel() + AdamW8Bit::Block - 1) / AdamW8Bit::Block;
    TORCH_CHECK(p.sizes() == gradients[k].sizes() && p.sizes() == m.sizes() && p.sizes() == v.sizes() && ms.numel() == blocks && vs.numel() == blocks &&
                m.scalar_type() == at::kByte && v.scalar_type() == at::kByte && ms.scalar_type() == at::kFloat && vs.scalar_type() == at::kFloat,
                "adamw_8bit_: parameter ", k, " has shape ", p.sizes(), "; its gradient (", gradients[k].sizes(), ") and its codes (", m.scalar_type(), " ", m.sizes(), ", ",
                v.scalar_type(), " ", v.sizes(), ") must have it too, and the scales one number for each ", AdamW8Bit::Block, " elements");
    if (!(is_plain(p) && gradients[k].device().is_cpu() && m.is_contiguous() && v.is_contiguous() && is_plain(ms) && is_plain(vs))) {
      composed_adamw_8bit(p, gradients[k], m, ms, v, vs, mean_values.to(p.device()), square_values.to(p.device()), shared);
      continue;
    }
    auto g = single(gradients[k]);
    AdamW8Bit a{shared, m.data_ptr<uint8_t>(), v.data_ptr<uint8_t>(), ms.data_ptr<float>(), vs.data_ptr<float>(), &mean_book, &square_book, p.numel()};
    a.shared.parameter = p.data_ptr<float>(), a.shared.gradient = g.data_ptr<float>();
    over_rows(blocks, AdamW8Bit::Block, [&](int64_t begin, int64_t end) { compute().adamw_8bit(a, begin, end); });
    for (auto* changed : {&p, &m, &ms, &v, &vs}) changed->unsafeGetTensorImpl()->bump_version();  // autograd did not see the writes
  }
}

at::Tensor gradient_norm(at::TensorList gradients) {
  at::NoGradGuard no_grad;
  double total = 0;
  at::Tensor elsewhere;
  for (auto& g : gradients) {
    if (is_plain(g)) {
      total += at::parallel_reduce(0, g.numel(), 1 << 16, 0.0,
          [&](int64_t begin, int64_t end, double sum) { return sum + compute().sum_of_squares(g.data_ptr<float>(), begin, end); }, std::plus<double>());
    } else {
      auto squares = g.to(at::kFloat).square().sum();
      elsewhere = elsewhere.defined() ? elsewhere + squares.to(elsewhere.device()) : squares;
    }
  }
  if (elsewhere.defined()) return (elsewhere + total).sqrt();
  return at::scalar_tensor(std::sqrt(total), at::kFloat);
}

}  // namespace
}  // namespace collimate

TORCH_LIBRARY_FRAGMENT(collimate, m) {
  using namespace collimate;
  m.def("adamw_(Tensor(a!)[] params, Tensor[] grads, Tensor(b!)[] m, Tensor(c!)[] v, float lr, float beta1, float beta2, float eps, "
        "float weight_decay, int step, Tensor? gradient_scale=None) -> ()", &adamw_);
  m.def("adamw_8bit_(Tensor(a!)[] params, Tensor[] grads, Tensor(b!)[] m, Tensor(c!)[] m_scales, Tensor(d!)[] v, Tensor(e!)[] v_scales, Tensor m_values, "
        "Tensor v_values, float lr, float beta1, float beta2, float eps, float weight_decay, int step, Tensor? gradient_scale=None) -> ()", &adamw_8bit_);
  m.def("gradient_norm(Tensor[] gradients) -> Tensor", &gradient_norm);
}
