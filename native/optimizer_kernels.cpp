// Fused updates over lists of parameters: AdamW in one pass, and the norm of all gradients.
#include "operators.h"

#include <torch/library.h>

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

// A gradient may be scaled on the way in (clipping by norm), which spares a pass over all of them.
void adamw_(at::TensorList parameters, at::TensorList gradients, at::TensorList means, at::TensorList squares, double rate, double beta1,
            double beta2, double epsilon, double decay, int64_t step, const optional<at::Tensor>& gradient_scale) {
  TORCH_CHECK(parameters.size() == gradients.size() && parameters.size() == means.size() && parameters.size() == squares.size(),
              "adamw_: ", parameters.size(), " parameters, ", gradients.size(), " gradients, ", means.size(), " first and ", squares.size(), " second moments; the counts must agree");
  TORCH_CHECK(step >= 1, "adamw_: steps are counted from 1, got ", step);
  at::NoGradGuard no_grad;
  const double scale = gradient_scale ? gradient_scale->item<double>() : 1;
  AdamW a{};
  a.gradient_scale = static_cast<float>(scale);
  a.decay = static_cast<float>(1 - rate * decay);
  a.beta1 = static_cast<float>(beta1), a.new1 = static_cast<float>(1 - beta1);
  a.beta2 = static_cast<float>(beta2), a.new2 = static_cast<float>(1 - beta2);
  a.epsilon = static_cast<float>(epsilon);
  a.step_size = static_cast<float>(rate / (1 - std::pow(beta1, step)));
  a.inverse_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, step)));
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
  m.def("gradient_norm(Tensor[] gradients) -> Tensor", &gradient_norm);
}
