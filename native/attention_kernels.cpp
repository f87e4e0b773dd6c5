// Rotary embedding and attention: grouped heads, and masks that are described by a few integers per position instead of a matrix.
//
// attention takes separate heads (with a key/value cache, or where something changes the projections in between); rotary_attention and
// packed_attention go from the packed projection to the mixed values in one operator, with or without turning queries and keys on the way,
// and their gradient comes back packed.
#include "operators.h"

#include <torch/library.h>

namespace collimate {
namespace {

using torch::autograd::Function;
using MaybeTensor = optional<at::Tensor>;

constexpr int64_t WidestHead = 512;

void check_packed(const at::Tensor& packed, const MaybeTensor& cos, const MaybeTensor& sin, int64_t heads, int64_t groups, const char* name) {
  TORCH_CHECK(heads > 0 && groups > 0 && heads % groups == 0, name, ": ", heads, " query heads cannot share ", groups, " key/value heads evenly");
  TORCH_CHECK(packed.dim() == 3 && packed.size(2) % (heads + 2 * groups) == 0, name, ": qkv has shape ", packed.sizes(), "; expected [batch, positions, (",
              heads, " + 2 * ", groups, ") * head size]");
  const int64_t size = packed.size(2) / (heads + 2 * groups), half = size / 2;
  TORCH_CHECK(cos.has_value() == sin.has_value(), name, ": cos and sin are given together or not at all");
  if (!cos) return;
  TORCH_CHECK(size % 2 == 0 && cos->sizes() == sin->sizes() && cos->dim() == 3 && (cos->size(0) == 1 || cos->size(0) == packed.size(0)) &&
              cos->size(1) == packed.size(1) && cos->size(2) == half,
              name, ": cos and sin have shapes ", cos->sizes(), " and ", sin->sizes(), "; expected [", packed.size(0), " or 1, ", packed.size(1), ", ", half, "]");
}

// The three parts of a packed projection, as [batch, heads, positions, size] each.
std::array<at::Tensor, 3> parts_of(const at::Tensor& packed, int64_t heads, int64_t groups) {
  const int64_t all = heads + 2 * groups;
  auto split = packed.view({packed.size(0), packed.size(1), all, packed.size(2) / all}).transpose(1, 2);
  return {split.narrow(1, 0, heads), split.narrow(1, heads, groups), split.narrow(1, heads + groups, groups)};
}

at::Tensor composed_turn(const at::Tensor& heads, const at::Tensor& cos, const at::Tensor& sin) {
  auto halves = heads.chunk(2, -1);
  auto c = cos.unsqueeze(1).to(heads.scalar_type()), s = sin.unsqueeze(1).to(heads.scalar_type());
  return at::cat({halves[0] * c - halves[1] * s, halves[1] * c + halves[0] * s}, -1);
}

// ---- Rotary embedding -----------------------------------------------------------------------------------------------------------------

struct RotaryFunction : Function<RotaryFunction> {
  static Rotary arguments(const at::Tensor& packed, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& cos, const at::Tensor& sin) {
    Rotary a{};
    a.packed = numbers(packed);
    a.query = numbers(q), a.key = numbers(k), a.value = numbers(v);
    a.cos = cos.data_ptr<float>(), a.sin = sin.data_ptr<float>();
    a.angle_batch_stride = cos.size(0) == 1 ? 0 : cos.size(1) * cos.size(2);
    a.heads = q.size(1), a.groups = k.size(1), a.positions = q.size(2), a.size = q.size(3);
    return a;
  }

  static Variables forward(Context* ctx, const at::Tensor& packed, const at::Tensor& cos, const at::Tensor& sin, int64_t heads, int64_t groups) {
    const int64_t batch = packed.size(0), positions = packed.size(1), size = packed.size(2) / (heads + 2 * groups);
    auto in = packed.contiguous(), c = single(cos), s = single(sin);
    auto q = at::empty({batch, heads, positions, size}, packed.options());
    auto k = at::empty({batch, groups, positions, size}, packed.options());
    auto v = at::empty({batch, groups, positions, size}, packed.options());
    auto a = arguments(in, q, k, v, c, s);
    over_rows(batch * positions, packed.size(2), [&](int64_t begin, int64_t end) { compute().rotary_forward(a, begin, end); });
    ctx->save_for_backward({c, s});
    return {q, k, v};
  }

  static Variables backward(Context* ctx, Variables gradients) {
    auto saved = ctx->get_saved_variables();
    auto q = gradients[0].contiguous(), k = gradients[1].contiguous(), v = gradients[2].contiguous();
    auto packed = at::empty({q.size(0), q.size(2), (q.size(1) + 2 * k.size(1)) * q.size(3)}, q.options());
    auto a = arguments(packed, q, k, v, saved[0], saved[1]);
    over_rows(q.size(0) * q.size(2), packed.size(2), [&](int64_t begin, int64_t end) { compute().rotary_backward(a, begin, end); });
    return {packed, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

std::tuple<at::Tensor, at::Tensor, at::Tensor> rotary_qkv(const at::Tensor& packed, const at::Tensor& cos, const at::Tensor& sin, int64_t heads, int64_t groups) {
  check_packed(packed, cos, sin, heads, groups, "rotary_qkv");
  if (is_native({packed, cos, sin}) && packed.size(2) / (heads + 2 * groups) <= WidestHead) {
    auto all = RotaryFunction::apply(packed, cos, sin, heads, groups);
    return {all[0], all[1], all[2]};
  }
  auto parts = parts_of(packed, heads, groups);
  return {composed_turn(parts[0], cos, sin), composed_turn(parts[1], cos, sin), parts[2].contiguous()};
}

// ---- Attention ------------------------------------------------------------------------------------------------------------------------

// Who sees whom, as four [batch, keys] tensors of 32-bit integers of which each may be absent.
struct Description {
  MaybeTensor document, group, open, valid;
  bool causal;

  void check(int64_t batch, int64_t keys, const char* name) const {
    for (auto* t : {&document, &group, &open, &valid})
      if (*t)
        TORCH_CHECK((*t)->scalar_type() == at::kInt && (*t)->dim() == 2 && (*t)->size(0) == batch && (*t)->size(1) == keys,
                    name, ": document, group, open and valid must be 32-bit integers of shape [", batch, ", ", keys, "], got ", (*t)->scalar_type(), " ", (*t)->sizes());
  }

  Variables tensors() const {
    Variables all;
    for (auto* t : {&document, &group, &open, &valid}) all.push_back(*t ? (*t)->contiguous() : at::Tensor());
    return all;
  }

  // The rule as a matrix [batch, 1, queries, keys] of what is not to be seen; undefined where all is seen.
  at::Tensor hidden(int64_t queries, int64_t keys, at::Device device) const {
    at::Tensor sees;
    auto both = [&sees](const at::Tensor& more) { sees = sees.defined() ? sees.logical_and(more) : more; };
    const int64_t back = keys - queries;
    if (causal) {
      auto place = at::arange(keys, at::TensorOptions().device(device).dtype(at::kLong));
      auto may = place.unsqueeze(0).le(place.narrow(0, back, queries).unsqueeze(1)).unsqueeze(0);
      if (group) may = may.logical_or(group->narrow(1, back, queries).unsqueeze(2).eq(group->unsqueeze(1)).logical_and(group->ne(0).unsqueeze(1)));
      if (open) may = may.logical_or(open->ne(0).unsqueeze(1));
      both(may);
    }
    if (document) {
      auto own = document->narrow(1, back, queries).unsqueeze(2);
      both(own.eq(document->unsqueeze(1)).logical_or(own.bitwise_and(-DocumentsPerSample).eq(document->unsqueeze(1))));
    }
    if (valid) both(valid->ne(0).unsqueeze(1));
    return sees.defined() ? sees.logical_not().unsqueeze(1) : sees;
  }
};

at::Tensor composed_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Description& description, double scale) {
  const int64_t batch = q.size(0), heads = q.size(1), queries = q.size(2), size = q.size(3), groups = k.size(1), keys = k.size(2);
  // The heads that share keys are stacked along the query axis, so that keys and values need not be repeated.
  auto scores = at::matmul(q.reshape({batch, groups, heads / groups * queries, size}), k.transpose(2, 3)) * scale;
  const auto type = scores.scalar_type();
  scores = (is_half(type) ? scores.to(at::kFloat) : scores).view({batch, heads, queries, keys});
  auto hidden = description.hidden(queries, keys, q.device());
  auto weights = hidden.defined() ? at::softmax(scores.masked_fill(hidden, -1e30), -1).masked_fill(hidden, 0) : at::softmax(scores, -1);
  auto mixed = at::matmul(weights.to(type).view({batch, groups, heads / groups * queries, keys}), v);
  return mixed.view({batch, heads, queries, size}).transpose(1, 2).reshape({batch, queries, heads * size});
}

// What goes with the tensors and has no gradient; a type of its own, so that autograd does not look into it.
struct Rule {
  Variables described;  // document, group, open, valid
  bool causal;
  double scale;
};

HeadVectors vectors(const at::Tensor& t) { return {numbers(t), {t.stride(0), t.stride(1), t.stride(2)}}; }

at::Tensor with_dense_vectors(const at::Tensor& t) { return t.stride(3) == 1 ? t : t.contiguous(); }

// The heads of [batch, positions, heads * size] as [batch, heads, positions, size].
at::Tensor heads_of(const at::Tensor& t, int64_t heads) { return t.view({t.size(0), t.size(1), heads, t.size(2) / heads}).transpose(1, 2); }

Attention problem(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& output, const at::Tensor& log_sums, const Rule& rule) {
  Attention a{};
  a.batch = q.size(0), a.heads = q.size(1), a.groups = k.size(1), a.queries = q.size(2), a.keys = k.size(2), a.size = q.size(3);
  a.scale = static_cast<float>(rule.scale);
  a.causal = rule.causal;
  auto integers = [](const at::Tensor& t) { return t.defined() ? t.data_ptr<int32_t>() : nullptr; };
  a.document = integers(rule.described[0]), a.group = integers(rule.described[1]), a.open = integers(rule.described[2]), a.valid = integers(rule.described[3]);
  a.query = vectors(q), a.key = vectors(k), a.value = vectors(v), a.output = vectors(output);
  a.log_sums = log_sums.data_ptr<float>();
  return a;
}

void add_angles(Attention& a, const at::Tensor& cos, const at::Tensor& sin) {
  if (!cos.defined()) return;
  a.cos = cos.data_ptr<float>(), a.sin = sin.data_ptr<float>();
  a.angle_batch_stride = cos.size(0) == 1 ? 0 : cos.size(1) * cos.size(2);
}

void run(const Attention& a, bool backward) {
  const int64_t pairs = a.batch * a.groups, threads = at::get_num_threads();
  // Gradients of keys are summed over queries, so the backward pass never divides those; the forward pass may, to keep all threads busy.
  const int64_t shares = backward ? 1 : std::max<int64_t>(1, std::min(threads / std::max<int64_t>(1, pairs), a.queries / 64));
  const int64_t share = (a.queries + shares - 1) / shares, floats = compute().attention_scratch(a, backward);
  at::parallel_for(0, pairs * shares, 1, [&](int64_t begin, int64_t end) {
    auto scratch = at::empty({floats}, at::kFloat);
    for (int64_t unit = begin; unit < end; unit++) {
      const int64_t pair = unit / shares, first = unit % shares * share;
      AttentionUnit u{pair / a.groups, pair % a.groups, first, std::min(first + share, a.queries)};
      (backward ? compute().attention_backward : compute().attention_forward)(a, u, scratch.data_ptr<float>());
    }
  });
}

void keep(Context* ctx, Variables tensors, const Rule& rule) {
  tensors.insert(tensors.end(), rule.described.begin(), rule.described.end());
  ctx->save_for_backward(std::move(tensors));
  ctx->saved_data["causal"] = rule.causal;
  ctx->saved_data["scale"] = rule.scale;
}

// The opposite of keep(): the description is what was saved last.
Rule kept_rule(Context* ctx, const Variables& saved) {
  return {{saved.end() - 4, saved.end()}, ctx->saved_data["causal"].toBool(), ctx->saved_data["scale"].toDouble()};
}

struct AttentionFunction : Function<AttentionFunction> {
  static at::Tensor forward(Context* ctx, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const Rule& rule) {
    auto q = with_dense_vectors(query), k = with_dense_vectors(key), v = with_dense_vectors(value);
    auto output = at::empty({q.size(0), q.size(2), q.size(1) * q.size(3)}, q.options());
    auto log_sums = at::empty({q.size(0), q.size(1), q.size(2)}, q.options().dtype(at::kFloat));
    run(problem(q, k, v, heads_of(output, q.size(1)), log_sums, rule), false);
    keep(ctx, {q, k, v, output, log_sums}, rule);
    return output;
  }

  static Variables backward(Context* ctx, Variables gradients) {
    auto s = ctx->get_saved_variables();
    auto doutput = gradients[0].contiguous();
    const int64_t heads = s[0].size(1);
    auto dq = at::empty(s[0].sizes(), s[0].options()), dk = at::empty(s[1].sizes(), s[1].options()), dv = at::empty(s[2].sizes(), s[2].options());
    auto a = problem(s[0], s[1], s[2], heads_of(s[3], heads), s[4], kept_rule(ctx, s));
    a.doutput = vectors(heads_of(doutput, heads)), a.dquery = vectors(dq), a.dkey = vectors(dk), a.dvalue = vectors(dv);
    run(a, true);
    return {dq, dk, dv, at::Tensor()};
  }
};

struct PackedAttentionFunction : Function<PackedAttentionFunction> {
  static at::Tensor forward(Context* ctx, const at::Tensor& qkv, const MaybeTensor& cos, const MaybeTensor& sin, int64_t heads, int64_t groups, const Rule& rule) {
    auto packed = qkv.contiguous(), c = cos ? single(*cos) : at::Tensor(), s = sin ? single(*sin) : at::Tensor();
    auto parts = parts_of(packed, heads, groups);
    auto output = at::empty({packed.size(0), packed.size(1), heads * parts[0].size(3)}, packed.options());
    auto log_sums = at::empty({packed.size(0), heads, packed.size(1)}, packed.options().dtype(at::kFloat));
    auto a = problem(parts[0], parts[1], parts[2], heads_of(output, heads), log_sums, rule);
    add_angles(a, c, s);
    run(a, false);
    keep(ctx, {packed, c, s, output, log_sums}, rule);
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["groups"] = groups;
    return output;
  }

  static Variables backward(Context* ctx, Variables gradients) {
    auto s = ctx->get_saved_variables();
    const int64_t heads = ctx->saved_data["heads"].toInt(), groups = ctx->saved_data["groups"].toInt();
    auto doutput = gradients[0].contiguous(), dpacked = at::empty(s[0].sizes(), s[0].options());
    auto parts = parts_of(s[0], heads, groups), dparts = parts_of(dpacked, heads, groups);
    auto a = problem(parts[0], parts[1], parts[2], heads_of(s[3], heads), s[4], kept_rule(ctx, s));
    add_angles(a, s[1], s[2]);
    a.doutput = vectors(heads_of(doutput, heads)), a.dquery = vectors(dparts[0]), a.dkey = vectors(dparts[1]), a.dvalue = vectors(dparts[2]);
    run(a, true);
    return {dpacked, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const MaybeTensor& document, const MaybeTensor& group,
                     const MaybeTensor& open, const MaybeTensor& valid, bool causal, const optional<double>& scale) {
  TORCH_CHECK(q.dim() == 4 && k.dim() == 4 && k.sizes() == v.sizes() && q.scalar_type() == k.scalar_type() && q.scalar_type() == v.scalar_type() && q.size(0) == k.size(0) && q.size(3) == k.size(3) && k.size(1) > 0 && q.size(1) % k.size(1) == 0,
              "attention: expected query [batch, heads, queries, size] and key and value [batch, groups, keys, size], heads a multiple of groups, all of one type, got ",
              q.sizes(), ", ", k.sizes(), " and ", v.sizes());
  TORCH_CHECK(q.size(2) <= k.size(2), "attention: ", q.size(2), " queries stand at the last of ", k.size(2), " positions; there cannot be more of them");
  Description description{document, group, open, valid, causal};
  description.check(q.size(0), k.size(2), "attention");
  const double factor = scale ? *scale : 1 / std::sqrt(static_cast<double>(q.size(3)));
  if (is_native({q, k, v}) && q.size(3) <= WidestHead) return AttentionFunction::apply(q, k, v, Rule{description.tensors(), causal, factor});
  return composed_attention(q, k, v, description, factor);
}

at::Tensor attention_from(const char* name, const at::Tensor& packed, const MaybeTensor& cos, const MaybeTensor& sin, int64_t heads, int64_t groups,
                          const Description& description, const optional<double>& scale) {
  check_packed(packed, cos, sin, heads, groups, name);
  description.check(packed.size(0), packed.size(1), name);
  const int64_t size = packed.size(2) / (heads + 2 * groups);
  const double factor = scale ? *scale : 1 / std::sqrt(static_cast<double>(size));
  if (is_native({packed, cos ? *cos : at::Tensor(), sin ? *sin : at::Tensor()}) && size <= WidestHead)
    return PackedAttentionFunction::apply(packed, cos, sin, heads, groups, Rule{description.tensors(), description.causal, factor});
  auto parts = parts_of(packed, heads, groups);
  auto turned = [&](const at::Tensor& part) { return cos ? composed_turn(part, *cos, *sin) : part; };
  return composed_attention(turned(parts[0]), turned(parts[1]), parts[2], description, factor);
}

at::Tensor rotary_attention(const at::Tensor& packed, const at::Tensor& cos, const at::Tensor& sin, int64_t heads, int64_t groups, const MaybeTensor& document,
                            const MaybeTensor& group, const MaybeTensor& open, const MaybeTensor& valid, bool causal, const optional<double>& scale) {
  return attention_from("rotary_attention", packed, cos, sin, heads, groups, {document, group, open, valid, causal}, scale);
}

at::Tensor packed_attention(const at::Tensor& packed, int64_t heads, int64_t groups, const MaybeTensor& document, const MaybeTensor& group,
                            const MaybeTensor& open, const MaybeTensor& valid, bool causal, const optional<double>& scale) {
  return attention_from("packed_attention", packed, {}, {}, heads, groups, {document, group, open, valid, causal}, scale);
}

}  // namespace
}  // namespace collimate

TORCH_LIBRARY_FRAGMENT(collimate, m) {
  using namespace collimate;
  m.def("rotary_qkv(Tensor qkv, Tensor cos, Tensor sin, int heads, int groups) -> (Tensor, Tensor, Tensor)", &rotary_qkv);
  m.def("attention(Tensor query, Tensor key, Tensor value, Tensor? document=None, Tensor? group=None, Tensor? open=None, Tensor? valid=None, "
        "bool causal=False, float? scale=None) -> Tensor", &attention);
  m.def("rotary_attention(Tensor qkv, Tensor cos, Tensor sin, int heads, int groups, Tensor? document=None, Tensor? group=None, Tensor? open=None, "
        "Tensor? valid=None, bool causal=True, float? scale=None) -> Tensor", &rotary_attention);
  m.def("packed_attention(Tensor qkv, int heads, int groups, Tensor? document=None, Tensor? group=None, Tensor? open=None, Tensor? valid=None, "
        "bool causal=False, float? scale=None) -> Tensor", &packed_attention);
}
