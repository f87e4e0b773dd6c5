// What generating token by token is made of: products of a few rows with large weights that may be stored narrower than the numbers they
// multiply, and one position's attention to a key/value cache, which it joins.
#include "operators.h"

#include <torch/library.h>

namespace collimate {
namespace {

using MaybeTensor = optional<at::Tensor>;

// Beyond this many rows a product waits for arithmetic, and what libtorch calls does that better.
constexpr int64_t FewRows = 16;
constexpr int64_t WidestHead = 512;

using torch::autograd::Function;

bool is_recorded(std::initializer_list<const at::Tensor*> tensors) {
  if (!c10::GradMode::is_enabled()) return false;
  for (auto* t : tensors)
    if (t && t->requires_grad()) return true;
  return false;
}

bool is_stored_number(at::ScalarType type) { return type == at::kFloat || is_half(type); }

bool suits_row_products(const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& bias, int64_t rows) {
  return rows > 0 && rows <= FewRows && x.device().is_cpu() && weight.device().is_cpu() && (!bias || bias->device().is_cpu()) &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) && is_stored_number(weight.scalar_type()) &&
         (!bias || is_stored_number(bias->scalar_type())) && x.layout() == at::kStrided && weight.layout() == at::kStrided &&
         weight.size(0) > 0 && weight.size(1) > 0 && weight.stride(1) == 1 && product_type(at::kDouble) == at::kDouble;
}

at::Tensor row_products(const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& bias, int64_t rows) {
  auto in = single(x), added = bias ? single(*bias) : at::Tensor();
  auto shape = x.sizes().vec();
  const int64_t columns = shape.back() = weight.size(0), width = weight.size(1);
  auto y = at::empty(shape, in.options());
  RowProducts a{in.data_ptr<float>(), rows, width, numbers(weight), weight.stride(0), added.defined() ? added.data_ptr<float>() : nullptr, y.data_ptr<float>(), columns};
  over_rows(columns, width, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(rows * (width + 80) + 16);
    compute().row_products(a, begin, end, scratch.data());
  });
  return y.to(x.scalar_type());
}

// In the type that the weight is stored in, except where this processor has no arithmetic of that type.
at::ScalarType arithmetic_type(const at::Tensor& weight) { return weight.scalar_type() == at::kHalf && weight.device().is_cpu() ? at::kFloat : weight.scalar_type(); }

// On a CPU libtorch 1.13 adds the bias of a bf16 product in oneDNN, as an afterthought of the product's own kernel; making such a kernel, oneDNN 2.6 may read
// attributes that are gone (it then throws bad_array_new_length, or worse). The bias is added here instead.
at::Tensor safe_linear(const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& bias, bool in_bf16) {
  if (!bias || !in_bf16 || !x.device().is_cpu()) return at::linear(x, weight, bias);
  auto y = at::linear(x, weight);
  return y.add_(bias->to(y.scalar_type()));  // of one type, or it would be added through single precision element by element
}

at::Tensor mixed_linear(const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& bias) {
  const auto type = arithmetic_type(weight);
  return safe_linear(x.to(type), weight.to(type), bias ? MaybeTensor(bias->to(type)) : bias, type == at::kBFloat16).to(x.scalar_type());
}

// The same numbers whether or not a gradient is recorded, so that a recomputed or resumed pass repeats itself to the last bit.
struct RowProductsFunction : Function<RowProductsFunction> {
  static at::Tensor forward(Context* ctx, const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& bias) {
    ctx->save_for_backward({x, weight});
    ctx->saved_data["bias"] = bias ? static_cast<int64_t>(bias->scalar_type()) : int64_t{-1};
    return row_products(x, weight, bias, x.numel() / weight.size(1));
  }

  static Variables backward(Context* ctx, Variables gradients) {
    AsWritten as_written;
    auto saved = ctx->get_saved_variables();
    auto &x = saved[0], &weight = saved[1];
    const auto type = arithmetic_type(weight);
    const auto bias = ctx->saved_data["bias"].toInt();
    auto dy = gradients[0].reshape({-1, weight.size(0)});
    at::Tensor dx, dweight, dbias;
    if (ctx->needs_input_grad(0)) dx = at::mm(dy.to(type), weight.to(type)).to(x.scalar_type()).view(x.sizes());
    if (ctx->needs_input_grad(1)) dweight = at::mm(dy.to(type).t(), x.reshape({-1, weight.size(1)}).to(type)).to(weight.scalar_type());
    if (bias >= 0) dbias = dy.sum(0).to(static_cast<at::ScalarType>(bias));
    return {dx, dweight, dbias};
  }
};

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& bias) {
  TORCH_CHECK(x.dim() > 0 && weight.dim() == 2 && x.size(-1) == weight.size(1) && (!bias || (bias->dim() == 1 && bias->size(0) == weight.size(0))),
              "linear: x has shape ", x.sizes(), " and the weight ", weight.sizes(), bias ? " with a bias of its own length" : "",
              "; expected [..., inputs] and [outputs, inputs]");
  const int64_t rows = weight.size(1) == 0 ? 0 : x.numel() / weight.size(1);
  if (suits_row_products(x, weight, bias, rows))
    return is_recorded({&x, &weight, bias ? &*bias : nullptr}) ? RowProductsFunction::apply(x, weight, bias) : row_products(x, weight, bias, rows);
  const bool alike = x.scalar_type() == weight.scalar_type() && (!bias || bias->scalar_type() == weight.scalar_type());
  const bool casts = product_type(at::kDouble) != at::kDouble;
  return (alike || casts) && arithmetic_type(weight) == weight.scalar_type() ? safe_linear(x, weight, bias, casts || x.scalar_type() == at::kBFloat16)
                                                                                              : mixed_linear(x, weight, bias);
}

void check_cached(const at::Tensor& qkv, const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& key, const at::Tensor& value, int64_t position, int64_t heads,
                  const MaybeTensor& visible) {
  TORCH_CHECK(key.dim() == 4 && key.sizes() == value.sizes(), "cached_attention: keys have shape ", key.sizes(), " and values ", value.sizes(),
              "; expected [batch, groups, positions, size] both");
  const int64_t batch = key.size(0), groups = key.size(1), size = key.size(3);
  TORCH_CHECK(groups > 0 && heads > 0 && heads % groups == 0, "cached_attention: ", heads, " query heads cannot share ", groups, " key/value heads evenly");
  TORCH_CHECK(size > 0 && size % 16 == 0 && size <= WidestHead, "cached_attention: heads are ", size, " wide; expected a multiple of 16 up to ", WidestHead);
  TORCH_CHECK(qkv.dim() == 3 && qkv.size(0) == batch && qkv.size(1) == 1 && qkv.size(2) == (heads + 2 * groups) * size,
              "cached_attention: qkv has shape ", qkv.sizes(), "; expected [", batch, ", 1, ", (heads + 2 * groups) * size, "]");
  TORCH_CHECK(cos.sizes() == sin.sizes() && cos.dim() == 3 && (cos.size(0) == 1 || cos.size(0) == batch) && cos.size(1) == 1 && cos.size(2) == size / 2,
              "cached_attention: cos and sin have shapes ", cos.sizes(), " and ", sin.sizes(), "; expected [", batch, " or 1, 1, ", size / 2, "]");
  TORCH_CHECK(position >= 0 && position < key.size(2), "cached_attention: position ", position, " is outside the cache's ", key.size(2));
  TORCH_CHECK(is_native({qkv, key, value}) && key.stride(3) == 1 && key.stride(2) == size && value.stride(3) == 1 && value.stride(2) == size,
              "cached_attention: projections and cache must be 32-bit floats or bf16 on the CPU, the cache's positions one behind the other");
  TORCH_CHECK(!visible || (visible->scalar_type() == at::kInt && visible->dim() == 2 && visible->size(0) == batch && visible->size(1) == position + 1 && visible->stride(1) == 1),
              "cached_attention: visible must be 32-bit integers of shape [", batch, ", ", position + 1, "]");
}

at::Tensor cached_attention(const at::Tensor& qkv, const at::Tensor& cos, const at::Tensor& sin, at::Tensor key, at::Tensor value, int64_t position, int64_t heads,
                            const MaybeTensor& visible) {
  check_cached(qkv, cos, sin, key, value, position, heads, visible);
  TORCH_CHECK(!is_recorded({&qkv, &key, &value}), "cached_attention: a cache carries no gradients; run without recording them");
  const int64_t batch = key.size(0), groups = key.size(1), size = key.size(3);
  auto in = single(qkv), c = single(cos), s = single(sin);
  auto output = at::empty({batch, 1, heads * size}, in.options());
  CachedAttention a{};
  a.qkv = in.data_ptr<float>(), a.cos = c.data_ptr<float>(), a.sin = s.data_ptr<float>();
  a.angle_batch_stride = c.size(0) == 1 ? 0 : size / 2;
  a.key = numbers(key), a.value = numbers(value);
  a.key_batch = key.stride(0), a.key_group = key.stride(1), a.value_batch = value.stride(0), a.value_group = value.stride(1);
  if (visible) a.visible = visible->data_ptr<int32_t>(), a.visible_stride = visible->stride(0);
  a.heads = heads, a.groups = groups, a.size = size, a.position = position;
  a.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  a.output = output.data_ptr<float>();
  const int64_t floats = compute().cached_attention_scratch(a);
  over_rows(batch * groups, (position + 1) * size, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(floats);
    for (int64_t unit = begin; unit < end; unit++) compute().cached_attention(a, unit, scratch.data());
  });
  key.unsafeGetTensorImpl()->bump_version();
  value.unsafeGetTensorImpl()->bump_version();
  return output.to(qkv.scalar_type());
}

}  // namespace
}  // namespace collimate

TORCH_LIBRARY_FRAGMENT(collimate, m) {
  using namespace collimate;
  m.def("linear(Tensor x, Tensor weight, Tensor? bias=None) -> Tensor", &linear);
  m.def("cached_attention(Tensor qkv, Tensor cos, Tensor sin, Tensor(a!) key, Tensor(b!) value, int position, int heads, Tensor? visible=None) -> Tensor", &cached_attention);
}
