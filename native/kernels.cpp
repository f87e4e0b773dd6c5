// Fused operators with gradients: norms, activations, and the loss straight from hidden states.
//
// Each is called like any operator of libtorch. What the arithmetic in compute.h does not take (other devices, double precision) is made of
// libtorch's operators here; only there are gradients of gradients.
#include "operators.h"

#include <torch/library.h>

namespace collimate {
namespace {

using torch::autograd::Function;

// ---- RMS norm -------------------------------------------------------------------------------------------------------------------------

struct RmsNormFunction : Function<RmsNormFunction> {
  // Without an addend the result is {normed}; with one it is {normed, x + addend}.
  static Variables forward(Context* ctx, const at::Tensor& x, const optional<at::Tensor>& addend, const at::Tensor& weight, double epsilon) {
    const int64_t width = x.size(-1), rows = x.numel() / std::max<int64_t>(1, width);
    auto in = x.contiguous(), scale = single(weight);
    auto y = at::empty(x.sizes(), x.options().dtype(product_type(x.scalar_type())));
    auto inverse = at::empty({rows}, x.options().dtype(at::kFloat));
    at::Tensor added, total;
    if (addend) {
      added = addend->contiguous();
      total = at::empty(x.sizes(), x.options().dtype(at::promote_types(x.scalar_type(), addend->scalar_type())));
    }
    RmsNormForward a{numbers(in), numbers(added), numbers(y), numbers(total), scale.data_ptr<float>(), inverse.data_ptr<float>(), width, static_cast<float>(epsilon)};
    over_rows(rows, width, [&](int64_t begin, int64_t end) {
      std::vector<float> scratch(3 * width);
      compute().rms_norm_forward(a, begin, end, scratch.data());
    });
    ctx->save_for_backward({addend ? total : in, weight, inverse});
    ctx->saved_data["x"] = static_cast<int64_t>(x.scalar_type());
    ctx->saved_data["addend"] = static_cast<int64_t>(addend ? addend->scalar_type() : at::kFloat);
    ctx->set_materialize_grads(false);
    return addend ? Variables{y, total} : Variables{y};
  }

  static Variables backward(Context* ctx, Variables gradients) {
    auto saved = ctx->get_saved_variables();
    auto &x = saved[0], &weight = saved[1], &inverse = saved[2];
    const bool two = gradients.size() > 1;
    auto x_type = static_cast<at::ScalarType>(ctx->saved_data["x"].toInt());
    auto addend_type = static_cast<at::ScalarType>(ctx->saved_data["addend"].toInt());
    if (!gradients[0].defined()) {
      if (!two || !gradients[1].defined()) return {at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
      return {gradients[1].to(x_type), gradients[1].to(addend_type), at::Tensor(), at::Tensor()};
    }
    const int64_t width = x.size(-1), rows = x.numel() / std::max<int64_t>(1, width);
    auto dy = gradients[0].contiguous(), scale = single(weight);
    auto dsum = two && gradients[1].defined() ? gradients[1].contiguous() : at::Tensor();
    auto dx = at::empty(x.sizes(), x.options().dtype(x_type));
    auto daddend = two && addend_type != x_type ? at::empty(x.sizes(), x.options().dtype(addend_type)) : at::Tensor();
    auto dweight = at::zeros({at::get_num_threads(), width}, x.options().dtype(at::kFloat));
    RmsNormBackward a{numbers(dy), numbers(dsum), numbers(x), numbers(dx), numbers(daddend), scale.data_ptr<float>(), inverse.data_ptr<float>(), nullptr, width};
    over_rows(rows, width, [&](int64_t begin, int64_t end) {
      std::vector<float> scratch(4 * width);
      RmsNormBackward mine = a;
      mine.dweight = dweight.data_ptr<float>() + at::get_thread_num() * width;
      compute().rms_norm_backward(mine, begin, end, scratch.data());
    });
    auto dw = dweight.size(0) == 1 ? dweight.squeeze(0) : dweight.sum(0);
    return {dx, two ? (daddend.defined() ? daddend : dx) : at::Tensor(), dw.to(weight.scalar_type()), at::Tensor()};
  }
};

at::Tensor composed_rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  auto wide = is_half(x.scalar_type()) ? x.to(at::kFloat) : x;
  return weight * (wide * at::rsqrt(wide.square().mean(-1, true) + epsilon)).to(x.scalar_type());
}

void check_width(const at::Tensor& x, const at::Tensor& weight, const char* name) {
  TORCH_CHECK(x.dim() > 0 && weight.dim() == 1 && weight.size(0) == x.size(-1),
              name, ": the weight has shape ", weight.sizes(), ", the last dimension of x ", x.sizes(), " must be its only one");
}

// Weights of half precision, which the arithmetic does not take on the CPU, in single precision.
at::Tensor taken_weight(const at::Tensor& weight) { return weight.scalar_type() == at::kHalf && weight.device().is_cpu() ? weight.to(at::kFloat) : weight; }

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& stored, double epsilon) {
  const auto weight = taken_weight(stored);
  check_width(x, weight, "rms_norm");
  if (!is_native({x, weight})) return composed_rms_norm(x, weight, epsilon);
  return RmsNormFunction::apply(x, optional<at::Tensor>(), weight, epsilon)[0];
}

std::tuple<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& addend, const at::Tensor& stored, double epsilon) {
  const auto weight = taken_weight(stored);
  check_width(x, weight, "add_rms_norm");
  TORCH_CHECK(x.sizes() == addend.sizes(), "add_rms_norm: x has shape ", x.sizes(), " and the addend ", addend.sizes(), "; they must be equal");
  if (!is_native({x, addend, weight})) {
    auto total = x + addend;
    return {composed_rms_norm(total, weight, epsilon), total};
  }
  auto both = RmsNormFunction::apply(x, optional<at::Tensor>(addend), weight, epsilon);
  return {both[0], both[1]};
}

// ---- Layer norm -----------------------------------------------------------------------------------------------------------------------

struct LayerNormFunction : Function<LayerNormFunction> {
  static at::Tensor forward(Context* ctx, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double epsilon) {
    const int64_t width = x.size(-1), rows = x.numel() / std::max<int64_t>(1, width);
    auto in = x.contiguous(), w = single(weight), b = single(bias);
    auto y = at::empty(x.sizes(), x.options().dtype(product_type(x.scalar_type())));
    auto mean = at::empty({rows}, w.options()), inverse = at::empty({rows}, w.options());
    LayerNormForward a{numbers(in), numbers(y), w.data_ptr<float>(), b.data_ptr<float>(), mean.data_ptr<float>(), inverse.data_ptr<float>(), width, static_cast<float>(epsilon)};
    over_rows(rows, width, [&](int64_t begin, int64_t end) {
      std::vector<float> scratch(2 * width);
      compute().layer_norm_forward(a, begin, end, scratch.data());
    });
    ctx->save_for_backward({in, weight, mean, inverse});
    ctx->saved_data["bias"] = static_cast<int64_t>(bias.scalar_type());
    return y;
  }

  static Variables backward(Context* ctx, Variables gradients) {
    auto saved = ctx->get_saved_variables();
    auto &x = saved[0], &weight = saved[1];
    const int64_t width = x.size(-1), rows = x.numel() / std::max<int64_t>(1, width);
    auto dy = gradients[0].contiguous(), w = single(weight), dx = at::empty(x.sizes(), x.options());
    auto sums = at::zeros({at::get_num_threads(), 2, width}, w.options());
    LayerNormBackward a{numbers(dy), numbers(x), numbers(dx), w.data_ptr<float>(), saved[2].data_ptr<float>(), saved[3].data_ptr<float>(), nullptr, nullptr, width};
    over_rows(rows, width, [&](int64_t begin, int64_t end) {
      std::vector<float> scratch(3 * width);
      LayerNormBackward mine = a;
      mine.dweight = sums.data_ptr<float>() + at::get_thread_num() * 2 * width;
      mine.dbias = mine.dweight + width;
      compute().layer_norm_backward(mine, begin, end, scratch.data());
    });
    auto total = sums.sum(0);
    return {dx, total[0].to(weight.scalar_type()), total[1].to(static_cast<at::ScalarType>(ctx->saved_data["bias"].toInt())), at::Tensor()};
  }
};

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double epsilon) {
  check_width(x, weight, "layer_norm");
  check_width(x, bias, "layer_norm");
  if (is_native({x, weight, bias})) return LayerNormFunction::apply(x, weight, bias, epsilon);
  // In the type of the weights: at::layer_norm does not mix types.
  return at::layer_norm(x.to(weight.scalar_type()), {x.size(-1)}, weight, bias, epsilon);
}

// ---- Gated and plain activations ------------------------------------------------------------------------------------------------------

struct SwiGluFunction : Function<SwiGluFunction> {
  static at::Tensor forward(Context* ctx, const at::Tensor& packed) {
    auto in = packed.contiguous();
    auto shape = packed.sizes().vec();
    const int64_t width = shape.back() /= 2;
    auto y = at::empty(shape, packed.options());
    SwiGlu a{numbers(in), numbers(y), {}, {}, width};
    over_rows(y.numel() / std::max<int64_t>(1, width), width, [&](int64_t begin, int64_t end) { compute().swiglu_forward(a, begin, end); });
    ctx->save_for_backward({in});
    return y;
  }

  static Variables backward(Context* ctx, Variables gradients) {
    auto in = ctx->get_saved_variables()[0];
    auto dy = gradients[0].contiguous(), dpacked = at::empty(in.sizes(), in.options());
    SwiGlu a{numbers(in), {}, numbers(dy), numbers(dpacked), in.size(-1) / 2};
    over_rows(in.numel() / std::max<int64_t>(1, in.size(-1)), in.size(-1), [&](int64_t begin, int64_t end) { compute().swiglu_backward(a, begin, end); });
    return {dpacked};
  }
};

at::Tensor swiglu(const at::Tensor& packed) {
  TORCH_CHECK(packed.dim() > 0 && packed.size(-1) % 2 == 0, "swiglu: the last dimension of ", packed.sizes(), " must hold gate and up side by side");
  if (is_native({packed})) return SwiGluFunction::apply(packed);
  auto halves = packed.chunk(2, -1);
  return at::silu(halves[0]) * halves[1];
}

struct GeluTanhFunction : Function<GeluTanhFunction> {
  static at::Tensor forward(Context* ctx, const at::Tensor& x) {
    auto in = x.contiguous(), y = at::empty(x.sizes(), x.options());
    over_rows(in.numel(), 1, [&](int64_t begin, int64_t end) { compute().gelu_tanh_forward(numbers(in), numbers(y), begin, end); });
    ctx->save_for_backward({in});
    return y;
  }

  static Variables backward(Context* ctx, Variables gradients) {
    auto in = ctx->get_saved_variables()[0];
    auto dy = gradients[0].contiguous(), dx = at::empty(in.sizes(), in.options());
    over_rows(in.numel(), 1, [&](int64_t begin, int64_t end) { compute().gelu_tanh_backward(numbers(in), numbers(dy), numbers(dx), begin, end); });
    return {dx};
  }
};

at::Tensor gelu_tanh(const at::Tensor& x) {
  return is_native({x}) ? GeluTanhFunction::apply(x) : at::gelu(x, "tanh");
}

// ---- Cross-entropy from hidden states -------------------------------------------------------------------------------------------------

// Rows of logits held at a time: as much of them as half the weight, beside whose gradient they stand, and at least 16 MB. With few rows
// the passes over the weight and its gradient would take longer than the products.
int64_t rows_at_once(int64_t rows, int64_t classes, int64_t width) {
  const int64_t least = (4 << 20) / std::max<int64_t>(1, classes);
  return std::max<int64_t>(1, std::min(rows, std::max(least, width / 2)));
}

// Hidden states through a linear head to losses, and back to gradients: logits exist a chunk of rows at a time.
struct HeadLoss {
  at::Tensor hidden, weight, targets;  // [rows, width], [classes, width] of the type of the products; [rows]
  int64_t ignore;
  at::Tensor losses, log_sums, hits;   // [rows] each, written by `measures`
  at::Tensor scale;                    // [rows], what the gradient of each row's loss is
  at::Tensor dhidden, dweight;         // written where defined
  bool measures = false;

  void run() {
    const int64_t rows = hidden.size(0), classes = weight.size(0), chunk = rows_at_once(rows, classes, hidden.size(1));
    const bool narrow = hidden.scalar_type() != at::kFloat;
    auto product = at::empty({chunk, classes}, hidden.options());
    auto single_logits = narrow ? at::empty({chunk, classes}, hidden.options().dtype(at::kFloat)) : product;
    for (int64_t first = 0; first < rows; first += chunk) {
      const int64_t count = std::min(chunk, rows - first);
      auto own = hidden.narrow(0, first, count), scores = product.narrow(0, 0, count), logits = single_logits.narrow(0, 0, count);
      at::mm_out(scores, own, weight.t());
      if (narrow) logits.copy_(scores);
      CrossEntropy a{logits.data_ptr<float>(), targets.data_ptr<int64_t>() + first, classes, ignore, measures ? losses.data_ptr<float>() + first : nullptr,
                     log_sums.data_ptr<float>() + first, measures ? hits.data_ptr<bool>() + first : nullptr, nullptr};
      if (measures) over_rows(count, classes, [&](int64_t begin, int64_t end) { compute().cross_entropy_forward(a, begin, end); });
      if (!dhidden.defined() && !dweight.defined()) continue;
      a.scale = scale.data_ptr<float>() + first;
      over_rows(count, classes, [&](int64_t begin, int64_t end) { compute().cross_entropy_backward(a, begin, end); });
      if (narrow) scores.copy_(logits);
      if (dhidden.defined()) {
        auto mine = dhidden.narrow(0, first, count);
        at::mm_out(mine, scores, weight);
      }
      if (dweight.defined()) add_to_weight(scores, own, first == 0);
    }
  }

 private:
  // Added up in single precision; products of a narrower type go there a stretch of classes at a time, which needs little beside.
  void add_to_weight(const at::Tensor& dlogits, const at::Tensor& own, bool is_first) {
    if (dlogits.scalar_type() == at::kFloat) {
      if (is_first) at::mm_out(dweight, dlogits.t(), own);
      else dweight.addmm_(dlogits.t(), own);
      return;
    }
    constexpr int64_t stretch = 16384;
    for (int64_t begin = 0; begin < dweight.size(0); begin += stretch) {
      const int64_t count = std::min(stretch, dweight.size(0) - begin);
      auto part = at::mm(dlogits.narrow(1, begin, count).t(), own), whole = dweight.narrow(0, begin, count);
      if (is_first) whole.copy_(part);
      else whole.add_(part);
    }
  }
};

// The gradients are made along with the losses, while the logits are there, as if the sum's own gradient were 1, and multiplied by what it turns
// out to be: three products in all, as many as with all logits kept. A gradient that differs from row to row makes the logits again.
struct LinearCrossEntropyFunction : Function<LinearCrossEntropyFunction> {
  static HeadLoss loss_of(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, int64_t ignore, at::ScalarType type) {
    HeadLoss loss;
    loss.hidden = hidden.to(type).contiguous(), loss.weight = weight.to(type).contiguous(), loss.targets = targets.contiguous();
    loss.ignore = ignore;
    return loss;
  }

  static void ask_for_gradients(HeadLoss& loss, bool of_hidden, bool of_weight) {
    if (of_hidden) loss.dhidden = at::empty(loss.hidden.sizes(), loss.hidden.options());
    if (of_weight) loss.dweight = at::empty(loss.weight.sizes(), loss.weight.options().dtype(at::kFloat));
    if (loss.hidden.size(0) == 0 && of_weight) loss.dweight.zero_();
  }

  // Gives {sum of losses, loss of each row, whether each row's target scored highest}.
  static Variables forward(Context* ctx, const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, int64_t ignore, bool trains_hidden,
                           bool trains_weight) {
    const auto type = product_type(at::promote_types(hidden.scalar_type(), weight.scalar_type()));
    AsWritten as_written;  // after the question above, whose answer it changes
    auto loss = loss_of(hidden, weight, targets, ignore, type);
    auto options = hidden.options().dtype(at::kFloat);
    loss.measures = true;
    loss.losses = at::empty({hidden.size(0)}, options), loss.log_sums = at::empty({hidden.size(0)}, options);
    loss.hits = at::empty({hidden.size(0)}, hidden.options().dtype(at::kBool));
    ask_for_gradients(loss, trains_hidden, trains_weight);
    if (trains_hidden || trains_weight) loss.scale = at::ones({hidden.size(0)}, options);
    loss.run();
    ctx->save_for_backward({hidden, weight, loss.targets, loss.log_sums});
    if (trains_hidden) ctx->saved_data["dhidden"] = loss.dhidden;
    if (trains_weight) ctx->saved_data["dweight"] = loss.dweight;
    ctx->saved_data["ignore"] = ignore;
    ctx->saved_data["type"] = static_cast<int64_t>(type);
    ctx->saved_data["trains"] = static_cast<int64_t>((trains_hidden ? 1 : 0) + (trains_weight ? 2 : 0));
    ctx->mark_non_differentiable({loss.hits});
    ctx->set_materialize_grads(false);
    return {loss.losses.sum(), loss.losses, loss.hits};
  }

  static Variables backward(Context* ctx, Variables gradients) {
    AsWritten as_written;
    auto saved = ctx->get_saved_variables();
    const auto trains = ctx->saved_data["trains"].toInt();
    if (!gradients[0].defined() && !gradients[1].defined()) return Variables(6);
    HeadLoss loss;
    // What was made ahead is handed over, so a second pass over a kept graph makes it again.
    auto ahead = [&](const char* name, int64_t bit) {
      at::Tensor made;
      if ((trains & bit) && ctx->saved_data.count(name)) made = ctx->saved_data[name].toTensor();
      ctx->saved_data.erase(name);
      return made;
    };
    loss.dhidden = ahead("dhidden", 1), loss.dweight = ahead("dweight", 2);
    const bool is_made = !gradients[1].defined() && loss.dhidden.defined() == ((trains & 1) != 0) && loss.dweight.defined() == ((trains & 2) != 0);
    if (is_made) {
      const double factor = gradients[0].item<double>();
      for (auto* made : {&loss.dhidden, &loss.dweight})
        if (made->defined() && factor != 1) made->mul_(factor);
    } else {
      loss = loss_of(saved[0], saved[1], saved[2], ctx->saved_data["ignore"].toInt(), static_cast<at::ScalarType>(ctx->saved_data["type"].toInt()));
      loss.log_sums = saved[3];
      loss.scale = at::zeros({loss.hidden.size(0)}, loss.log_sums.options());
      if (gradients[0].defined()) loss.scale += gradients[0];
      if (gradients[1].defined()) loss.scale += gradients[1];
      ask_for_gradients(loss, trains & 1, trains & 2);
      loss.run();
    }
    return {loss.dhidden.defined() ? loss.dhidden.to(saved[0].scalar_type()) : at::Tensor(), loss.dweight.defined() ? loss.dweight.to(saved[1].scalar_type()) : at::Tensor(),
            at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, int64_t ignore) {
  TORCH_CHECK(hidden.dim() == 2 && weight.dim() == 2 && targets.dim() == 1 && targets.scalar_type() == at::kLong &&
              hidden.size(1) == weight.size(1) && hidden.size(0) == targets.size(0),
              "linear_cross_entropy: expected hidden [rows, width], weight [classes, width] and 64-bit targets [rows], got ",
              hidden.sizes(), ", ", weight.sizes(), " and ", targets.sizes());
  auto count = targets.ne(ignore).sum();
  if (is_native({hidden, weight})) {
    TORCH_CHECK(targets.ge(0).logical_and(targets.lt(weight.size(0))).logical_or(targets.eq(ignore)).all().item<bool>(),
                "linear_cross_entropy: a target is outside the ", weight.size(0), " classes and is not ", ignore);
    const bool records = at::GradMode::is_enabled();
    auto all = LinearCrossEntropyFunction::apply(hidden, weight, targets, ignore, records && hidden.requires_grad(), records && weight.requires_grad());
    return {all[0], count, all[1], all[2]};
  }
  auto logits = at::linear(hidden, weight);
  logits = is_half(logits.scalar_type()) ? logits.to(at::kFloat) : logits;
  auto losses = at::cross_entropy_loss(logits, targets, {}, at::Reduction::None, ignore);
  return {losses.sum(), count, losses, logits.argmax(-1).eq(targets).logical_and(targets.ne(ignore))};
}

}  // namespace
}  // namespace collimate

TORCH_LIBRARY(collimate, m) {
  using namespace collimate;
  m.def("rms_norm(Tensor x, Tensor weight, float epsilon) -> Tensor", &rms_norm);
  m.def("add_rms_norm(Tensor x, Tensor addend, Tensor weight, float epsilon) -> (Tensor, Tensor)", &add_rms_norm);
  m.def("layer_norm(Tensor x, Tensor weight, Tensor bias, float epsilon) -> Tensor", &layer_norm);
  m.def("swiglu(Tensor gate_up) -> Tensor", &swiglu);
  m.def("gelu_tanh(Tensor x) -> Tensor", &gelu_tanh);
  m.def("linear_cross_entropy(Tensor hidden, Tensor weight, Tensor targets, int ignore_index=-100) -> (Tensor, Tensor, Tensor, Tensor)", &linear_cross_entropy);
}
