// Norms, activations, rotary embedding, cross-entropy and the optimizer, a row (or a stretch of elements) at a time; included inside a namespace.

KERNEL void rms_norm_forward(const RmsNormForward& a, int64_t begin, int64_t end, float* scratch) {
  const int64_t n = a.width;
  for (int64_t row = begin; row < end; row++) {
    const int64_t at = row * n;
    const float* x = widen(a.x, at, n, scratch);
    Vec squares{};
    if (a.addend.data) {
      const float* addend = widen(a.addend, at, n, scratch + n);
      float* total = open_for_writing(a.sum, at, scratch);
      each(n, [&](int64_t i, auto get, auto put) {
        Vec v = get(x + i) + get(addend + i);
        put(total + i, v);
        squares += v * v;
      });
      finish(a.sum, at, n, total);
      x = total;
    } else {
      each(n, [&](int64_t i, auto get, auto) { Vec v = get(x + i); squares += v * v; });
    }
    const float inverse = 1.f / __builtin_sqrtf(sum(squares) / n + a.epsilon);
    a.inverse[row] = inverse;
    float* y = open_for_writing(a.y, at, scratch + 2 * n);
    each(n, [&](int64_t i, auto get, auto put) { put(y + i, get(x + i) * inverse * get(a.weight + i)); });
    finish(a.y, at, n, y);
  }
}

// With r = 1 / rms: dx = r (dy w - x r^2 mean(dy w x)), dweight = sum over rows of dy x r.
KERNEL void rms_norm_backward(const RmsNormBackward& a, int64_t begin, int64_t end, float* scratch) {
  const int64_t n = a.width;
  for (int64_t row = begin; row < end; row++) {
    const int64_t at = row * n;
    const float* dy = widen(a.dy, at, n, scratch);
    const float* x = widen(a.x, at, n, scratch + n);
    const float inverse = a.inverse[row];
    Vec products{};
    each(n, [&](int64_t i, auto get, auto put) {
      Vec xdy = get(x + i) * get(dy + i);
      products += xdy * get(a.weight + i);
      put(a.dweight + i, get(a.dweight + i) + xdy * inverse);
    });
    const float back = sum(products) / n * inverse * inverse * inverse;
    float* dx = open_for_writing(a.dx, at, scratch + 2 * n);
    if (a.dsum.data) {
      const float* dsum = widen(a.dsum, at, n, scratch + 3 * n);
      each(n, [&](int64_t i, auto get, auto put) {
        put(dx + i, get(dy + i) * get(a.weight + i) * inverse - get(x + i) * back + get(dsum + i));
      });
    } else {
      each(n, [&](int64_t i, auto get, auto put) { put(dx + i, get(dy + i) * get(a.weight + i) * inverse - get(x + i) * back); });
    }
    finish(a.dx, at, n, dx);
    if (a.daddend.data) {
      if (a.daddend.type == Number::Float) __builtin_memcpy((float*)a.daddend.data + at, dx, n * sizeof(float));
      else finish(a.daddend, at, n, dx);
    }
  }
}

KERNEL void layer_norm_forward(const LayerNormForward& a, int64_t begin, int64_t end, float* scratch) {
  const int64_t n = a.width;
  for (int64_t row = begin; row < end; row++) {
    const int64_t at = row * n;
    const float* x = widen(a.x, at, n, scratch);
    Vec total{};
    each(n, [&](int64_t i, auto get, auto) { total += get(x + i); });
    const float mean = sum(total) / n;
    Vec squares{};
    const int64_t whole = n - n % Lanes;
    for (int64_t i = 0; i < whole; i += Lanes) { Vec v = load(x + i) - mean; squares += v * v; }
    float square = sum(squares);
    for (int64_t i = whole; i < n; i++) square += (x[i] - mean) * (x[i] - mean);
    const float inverse = 1.f / __builtin_sqrtf(square / n + a.epsilon);
    a.mean[row] = mean;
    a.inverse[row] = inverse;
    float* y = open_for_writing(a.y, at, scratch + n);
    each(n, [&](int64_t i, auto get, auto put) { put(y + i, (get(x + i) - mean) * inverse * get(a.weight + i) + get(a.bias + i)); });
    finish(a.y, at, n, y);
  }
}

// With n = (x - mean) r and g = dy w: dx = r (g - mean(g) - n mean(g n)), dweight = sum over rows of dy n, dbias of dy.
KERNEL void layer_norm_backward(const LayerNormBackward& a, int64_t begin, int64_t end, float* scratch) {
  const int64_t n = a.width;
  for (int64_t row = begin; row < end; row++) {
    const int64_t at = row * n;
    const float* dy = widen(a.dy, at, n, scratch);
    const float* x = widen(a.x, at, n, scratch + n);
    const float mean = a.mean[row], inverse = a.inverse[row];
    Vec gradients{}, products{};
    each(n, [&](int64_t i, auto get, auto put) {
      Vec d = get(dy + i), normed = (get(x + i) - mean) * inverse, g = d * get(a.weight + i);
      gradients += g;
      products += g * normed;
      put(a.dweight + i, get(a.dweight + i) + d * normed);
      put(a.dbias + i, get(a.dbias + i) + d);
    });
    const float level = sum(gradients) / n, slope = sum(products) / n;
    float* dx = open_for_writing(a.dx, at, scratch + 2 * n);
    each(n, [&](int64_t i, auto get, auto put) {
      Vec normed = (get(x + i) - mean) * inverse;
      put(dx + i, (get(dy + i) * get(a.weight + i) - level - normed * slope) * inverse);
    });
    finish(a.dx, at, n, dx);
  }
}

constexpr int64_t Stretch = 512;  // elements converted at a time where the memory holds bf16

KERNEL void swiglu_forward(const SwiGlu& a, int64_t begin, int64_t end) {
  alignas(64) float scratch[3 * Stretch];
  for (int64_t row = begin; row < end; row++) {
    for (int64_t at = 0; at < a.width; at += Stretch) {
      const int64_t n = a.width - at < Stretch ? a.width - at : Stretch;
      const float* gate = widen(a.packed, row * 2 * a.width + at, n, scratch);
      const float* up = widen(a.packed, (row * 2 + 1) * a.width + at, n, scratch + Stretch);
      float* y = open_for_writing(a.y, row * a.width + at, scratch + 2 * Stretch);
      each(n, [&](int64_t i, auto get, auto put) { Vec g = get(gate + i); put(y + i, g * sigmoid(g) * get(up + i)); });
      finish(a.y, row * a.width + at, n, y);
    }
  }
}

// d silu(g) = s + g s (1 - s) with s = sigmoid(g).
KERNEL void swiglu_backward(const SwiGlu& a, int64_t begin, int64_t end) {
  alignas(64) float scratch[5 * Stretch];
  for (int64_t row = begin; row < end; row++) {
    for (int64_t at = 0; at < a.width; at += Stretch) {
      const int64_t n = a.width - at < Stretch ? a.width - at : Stretch;
      const int64_t gate_at = row * 2 * a.width + at, up_at = gate_at + a.width;
      const float* gate = widen(a.packed, gate_at, n, scratch);
      const float* up = widen(a.packed, up_at, n, scratch + Stretch);
      const float* dy = widen(a.dy, row * a.width + at, n, scratch + 2 * Stretch);
      float* dgate = open_for_writing(a.dpacked, gate_at, scratch + 3 * Stretch);
      float* dup = open_for_writing(a.dpacked, up_at, scratch + 4 * Stretch);
      each(n, [&](int64_t i, auto get, auto put) {
        Vec g = get(gate + i), d = get(dy + i), s = sigmoid(g), silu = g * s;
        put(dup + i, d * silu);
        put(dgate + i, d * get(up + i) * (s + silu - silu * s));
      });
      finish(a.dpacked, gate_at, n, dgate);
      finish(a.dpacked, up_at, n, dup);
    }
  }
}

// 0.5 x (1 + tanh(u)) = x sigmoid(2u), u = sqrt(2/pi) (x + 0.044715 x^3).
constexpr float GeluA = 2 * 0.79788456080286536f, GeluB = GeluA * 0.044715f;

KERNEL void gelu_tanh_forward(Numbers x, Numbers y, int64_t begin, int64_t end) {
  alignas(64) float scratch[2 * Stretch];
  for (int64_t at = begin; at < end; at += Stretch) {
    const int64_t n = end - at < Stretch ? end - at : Stretch;
    const float* in = widen(x, at, n, scratch);
    float* out = open_for_writing(y, at, scratch + Stretch);
    each(n, [&](int64_t i, auto get, auto put) { Vec v = get(in + i); put(out + i, v * sigmoid(v * (GeluA + GeluB * v * v))); });
    finish(y, at, n, out);
  }
}

KERNEL void gelu_tanh_backward(Numbers x, Numbers dy, Numbers dx, int64_t begin, int64_t end) {
  alignas(64) float scratch[3 * Stretch];
  for (int64_t at = begin; at < end; at += Stretch) {
    const int64_t n = end - at < Stretch ? end - at : Stretch;
    const float* in = widen(x, at, n, scratch);
    const float* d = widen(dy, at, n, scratch + Stretch);
    float* out = open_for_writing(dx, at, scratch + 2 * Stretch);
    each(n, [&](int64_t i, auto get, auto put) {
      Vec v = get(in + i), s = sigmoid(v * (GeluA + GeluB * v * v));
      put(out + i, get(d + i) * (s + v * s * (1.f - s) * (GeluA + 3.f * GeluB * v * v)));
    });
    finish(dx, at, n, out);
  }
}

// (a, b) turned by an angle; the gradient is turned back by the negative one.
INLINE void turn(const float* from, float* to, const float* cos, const float* sin, float sign, int64_t half) {
  each(half, [&](int64_t i, auto get, auto put) {
    Vec a = get(from + i), b = get(from + half + i), c = get(cos + i), s = get(sin + i) * sign;
    put(to + i, a * c - b * s);
    put(to + half + i, b * c + a * s);
  });
}

template <bool Forward>
INLINE void rotary(const Rotary& a, int64_t begin, int64_t end) {
  constexpr int64_t widest = 512;
  alignas(64) float in[widest], out[widest];
  const int64_t heads = a.heads + 2 * a.groups, turned = a.heads + a.groups, half = a.size / 2;
  for (int64_t row = begin; row < end; row++) {
    const int64_t batch = row / a.positions, position = row % a.positions;
    const int64_t angle = batch * a.angle_batch_stride + position * half;
    for (int64_t head = 0; head < heads; head++) {
      const int64_t within = head < a.heads ? head : head < turned ? head - a.heads : head - turned;
      const Numbers& apart = head < a.heads ? a.query : head < turned ? a.key : a.value;
      const int64_t apart_heads = head < a.heads ? a.heads : a.groups;
      const int64_t apart_at = ((batch * apart_heads + within) * a.positions + position) * a.size;
      const int64_t packed_at = (row * heads + head) * a.size;
      const float* from = Forward ? widen(a.packed, packed_at, a.size, in) : widen(apart, apart_at, a.size, in);
      const Numbers& target = Forward ? apart : a.packed;
      const int64_t target_at = Forward ? apart_at : packed_at;
      float* to = open_for_writing(target, target_at, out);
      if (head < turned) turn(from, to, a.cos + angle, a.sin + angle, Forward ? 1.f : -1.f, half);
      else __builtin_memcpy(to, from, a.size * sizeof(float));
      finish(target, target_at, a.size, to);
    }
  }
}
KERNEL void rotary_forward(const Rotary& a, int64_t begin, int64_t end) { rotary<true>(a, begin, end); }
KERNEL void rotary_backward(const Rotary& a, int64_t begin, int64_t end) { rotary<false>(a, begin, end); }

KERNEL void cross_entropy_forward(const CrossEntropy& a, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; row++) {
    const float* x = a.logits + row * a.classes;
    const int64_t target = a.targets[row], whole = a.classes - a.classes % Lanes;
    Vec most = splat(x[0]);
    for (int64_t i = 0; i < whole; i += Lanes) most = larger(most, load(x + i));
    float top = largest(most);
    for (int64_t i = whole; i < a.classes; i++) top = x[i] > top ? x[i] : top;
    Vec total{};
    for (int64_t i = 0; i < whole; i += Lanes) total += exp(load(x + i) - top);
    float mass = sum(total);
    for (int64_t i = whole; i < a.classes; i++) mass += __builtin_expf(x[i] - top);
    a.log_sums[row] = top + __builtin_logf(mass);
    const bool counts = target != a.ignore;
    a.losses[row] = counts ? a.log_sums[row] - x[target] : 0.f;
    a.hits[row] = counts && x[target] >= top;
  }
}

KERNEL void cross_entropy_backward(const CrossEntropy& a, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; row++) {
    float* x = a.logits + row * a.classes;
    const float scale = a.targets[row] == a.ignore ? 0.f : a.scale[row], log_sum = a.log_sums[row];
    each(a.classes, [&](int64_t i, auto get, auto put) { put(x + i, scale * exp(get(x + i) - log_sum)); });
    if (a.targets[row] != a.ignore) x[a.targets[row]] -= scale;
  }
}

// Decoupled weight decay (Loshchilov and Hutter, 2019): p <- decay p - step m / (sqrt(v) correction + epsilon).
INLINE Vec moved(const AdamW& a, Vec p, Vec m, Vec v) {
  Vec root;
  for (int k = 0; k < Lanes; k++) root[k] = __builtin_sqrtf(v[k]);
  return p * a.decay - a.step_size * m / (root * a.inverse_correction + a.epsilon);
}

KERNEL void adamw(const AdamW& a, int64_t begin, int64_t end) {
  for (int64_t at = begin; at < end; at += Stretch) {
    each(end - at < Stretch ? end - at : Stretch, [&](int64_t offset, auto get, auto put) {
      const int64_t i = at + offset;
      Vec g = get(a.gradient + i) * a.gradient_scale;
      Vec m = get(a.mean + i) * a.beta1 + g * a.new1;
      Vec v = get(a.square + i) * a.beta2 + g * g * a.new2;
      put(a.mean + i, m);
      put(a.square + i, v);
      put(a.parameter + i, moved(a, get(a.parameter + i), m, v));
    });
  }
}

INLINE uint8_t code_of(float x, const CodeBook& book) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  int32_t bucket = (int32_t)((bits & 0x7fffffffu) >> 16) - CodeBook::Lowest;
  bucket = bucket < 0 ? 0 : bucket >= CodeBook::Buckets ? CodeBook::Buckets - 1 : bucket;
  const uint8_t code = book.first[bucket + (int32_t)(bits >> 31) * CodeBook::Buckets];
  return code + (x >= book.borders[code]);
}

// Numbers of a block to codes of them relative to the largest magnitude.
INLINE void write_codes(const float* x, int64_t n, float scale, const CodeBook& book, bool keeps_above_zero, uint8_t* codes) {
  const float divisor = scale > 0 ? scale : 1.f;
  for (int64_t i = 0; i < n; i++) {
    const uint8_t code = code_of(x[i] / divisor, book);
    codes[i] = keeps_above_zero && code == 0 && x[i] > 0 ? 1 : code;
  }
}

// The moments of one block at a time are widened, used, and narrowed again. A second moment that is not zero is never narrowed to zero: the
// first moment beside it would be divided by nothing but epsilon.
KERNEL void adamw_8bit(const AdamW8Bit& a, int64_t begin, int64_t end) {
  alignas(64) float mean[AdamW8Bit::Block], square[AdamW8Bit::Block];
  for (int64_t block = begin; block < end; block++) {
    const int64_t at = block * AdamW8Bit::Block, n = a.elements - at < AdamW8Bit::Block ? a.elements - at : AdamW8Bit::Block;
    const float mean_scale = a.mean_scales[block], square_scale = a.square_scales[block];
    for (int64_t i = 0; i < n; i++) mean[i] = a.mean_book->values[a.mean_codes[at + i]] * mean_scale;
    for (int64_t i = 0; i < n; i++) square[i] = a.square_book->values[a.square_codes[at + i]] * square_scale;
    Vec most_mean{}, most_square{};
    each(n, [&](int64_t i, auto get, auto put) {
      Vec g = get(a.shared.gradient + at + i) * a.shared.gradient_scale;
      Vec m = get(mean + i) * a.shared.beta1 + g * a.shared.new1;
      Vec v = get(square + i) * a.shared.beta2 + g * g * a.shared.new2;
      most_mean = larger(larger(m, -m), most_mean);
      most_square = larger(v, most_square);
      put(mean + i, m);
      put(square + i, v);
      put(a.shared.parameter + at + i, moved(a.shared, get(a.shared.parameter + at + i), m, v));
    });
    a.mean_scales[block] = largest(most_mean);
    a.square_scales[block] = largest(most_square);
    write_codes(mean, n, a.mean_scales[block], *a.mean_book, false, a.mean_codes + at);
    write_codes(square, n, a.square_scales[block], *a.square_book, true, a.square_codes + at);
  }
}

// In short runs of single precision added up in double, so that the size of the tensor does not cost digits.
KERNEL double sum_of_squares(const float* x, int64_t begin, int64_t end) {
  double total = 0;
  for (int64_t at = begin; at < end; at += Stretch) {
    Vec squares{};
    each(end - at < Stretch ? end - at : Stretch, [&](int64_t i, auto get, auto) { Vec v = get(x + at + i); squares += v * v; });
    total += sum(squares);
  }
  return total;
}
