// Attention over grouped heads without a matrix of masks; included inside a namespace.
//
// A unit is one key/value head of one batch row. Queries are taken in tiles: the same few positions of all heads that share the keys,
// at most TileRows rows. For each tile the blocks of Block keys that nobody in it sees are left out, so packed documents cost what they
// would cost apart; scores live in a buffer that stays in the first-level cache. The backward pass recomputes the probabilities from the
// logarithm of each row's sum. Whatever the type in memory, the arithmetic is single precision.

constexpr int64_t Block = 16;     // keys decided upon together
constexpr int64_t TileRows = 24;
constexpr float Nothing = -1e30f;  // added to a score that is not to be seen: finite, and its power of two is zero beside any other
constexpr int VecsPerBlock = Block / Lanes;
constexpr int ScoreRows = 6;                      // rows x blocks whose sums fit the registers
constexpr int ScoreBlocks = Lanes == 16 ? 4 : 1;
constexpr int MixRows = Lanes == 16 ? 12 : 6;     // rows x two vectors
constexpr int GatherKeys = Lanes == 16 ? 8 : 4;   // keys x two vectors

INLINE int64_t rounded_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

INLINE int32_t shared_part(int32_t document) { return document & -DocumentsPerSample; }

// scores[r][b] = sum over d of rows[r][d] * columns[d][key(b)], for R rows and N blocks at a time.
template <int N>
INLINE void score_blocks(const float* rows, int64_t depth, const float* columns, int64_t column_stride, const int32_t* blocks, float* scores, int64_t score_stride) {
  Vec total[ScoreRows][N * VecsPerBlock] = {};
  const float* column[N];
  for (int b = 0; b < N; b++) column[b] = columns + blocks[b] * Block;
  for (int64_t d = 0; d < depth; d++) {
    Vec key[N * VecsPerBlock];
    for (int b = 0; b < N; b++)
      for (int v = 0; v < VecsPerBlock; v++) key[b * VecsPerBlock + v] = load(column[b] + d * column_stride + v * Lanes);
    for (int r = 0; r < ScoreRows; r++)
      for (int v = 0; v < N * VecsPerBlock; v++) total[r][v] += rows[r * depth + d] * key[v];
  }
  for (int r = 0; r < ScoreRows; r++)
    for (int v = 0; v < N * VecsPerBlock; v++) store(scores + r * score_stride + v * Lanes, total[r][v]);
}

INLINE void score(const float* rows, int64_t row_count, int64_t depth, const float* columns, int64_t column_stride, const int32_t* blocks, int64_t block_count, float* scores) {
  const int64_t stride = block_count * Block;
  for (int64_t r = 0; r < row_count; r += ScoreRows) {
    int64_t b = 0;
    for (; b + ScoreBlocks <= block_count; b += ScoreBlocks)
      score_blocks<ScoreBlocks>(rows + r * depth, depth, columns, column_stride, blocks + b, scores + r * stride + b * Block, stride);
    if (ScoreBlocks > 2 && b + 2 <= block_count) {
      score_blocks<2>(rows + r * depth, depth, columns, column_stride, blocks + b, scores + r * stride + b * Block, stride);
      b += 2;
    }
    for (; b < block_count; b++)
      score_blocks<1>(rows + r * depth, depth, columns, column_stride, blocks + b, scores + r * stride + b * Block, stride);
  }
}

// mixed[r] = sum over seen keys of weights[r][key] * values[key], N vectors of the width at a time.
template <int N>
INLINE void mix_some(const float* weights, int64_t weight_stride, const float* values, int64_t depth, const int32_t* blocks, int64_t block_count, float* mixed) {
  Vec total[MixRows][N] = {};
  for (int64_t b = 0; b < block_count; b++) {
    const float* value = values + blocks[b] * Block * depth;
    const float* weight = weights + b * Block;
    for (int64_t j = 0; j < Block; j++) {
      Vec v[N];
      for (int n = 0; n < N; n++) v[n] = load(value + j * depth + n * Lanes);
      for (int r = 0; r < MixRows; r++)
        for (int n = 0; n < N; n++) total[r][n] += weight[r * weight_stride + j] * v[n];
    }
  }
  for (int r = 0; r < MixRows; r++)
    for (int n = 0; n < N; n++) store(mixed + r * depth + n * Lanes, total[r][n]);
}

INLINE void mix(const float* weights, int64_t row_count, const float* values, int64_t depth, const int32_t* blocks, int64_t block_count, float* mixed) {
  const int64_t stride = block_count * Block;
  for (int64_t r = 0; r < row_count; r += MixRows) {
    int64_t d = 0;
    for (; d + 2 * Lanes <= depth; d += 2 * Lanes) mix_some<2>(weights + r * stride, stride, values + d, depth, blocks, block_count, mixed + r * depth + d);
    for (; d < depth; d += Lanes) mix_some<1>(weights + r * stride, stride, values + d, depth, blocks, block_count, mixed + r * depth + d);
  }
}

// gathered[key] += sum over rows of weights[r][key] * rows[r].
template <int N>
INLINE void gather_some(const float* weights, int64_t weight_stride, int64_t row_count, const float* rows, int64_t depth, float* gathered) {
  Vec total[GatherKeys][N];
  for (int k = 0; k < GatherKeys; k++)
    for (int n = 0; n < N; n++) total[k][n] = load(gathered + k * depth + n * Lanes);
  for (int64_t r = 0; r < row_count; r++) {
    Vec v[N];
    for (int n = 0; n < N; n++) v[n] = load(rows + r * depth + n * Lanes);
    for (int k = 0; k < GatherKeys; k++)
      for (int n = 0; n < N; n++) total[k][n] += weights[r * weight_stride + k] * v[n];
  }
  for (int k = 0; k < GatherKeys; k++)
    for (int n = 0; n < N; n++) store(gathered + k * depth + n * Lanes, total[k][n]);
}

INLINE void gather(const float* weights, int64_t row_count, const float* rows, int64_t depth, const int32_t* blocks, int64_t block_count, float* gathered) {
  const int64_t stride = block_count * Block;
  for (int64_t b = 0; b < block_count; b++)
    for (int64_t k = 0; k < Block; k += GatherKeys) {
      float* target = gathered + (blocks[b] * Block + k) * depth;
      const float* weight = weights + b * Block + k;
      int64_t d = 0;
      for (; d + 2 * Lanes <= depth; d += 2 * Lanes) gather_some<2>(weight, stride, row_count, rows + d, depth, target + d);
      for (; d < depth; d += Lanes) gather_some<1>(weight, stride, row_count, rows + d, depth, target + d);
    }
}

// The scratch of one unit, cut into its parts.
struct Workspace {
  int64_t depth, padded_keys, blocks;
  float *key, *key_columns, *value, *value_columns, *dkey, *dvalue;  // [padded_keys, depth] or [depth, padded_keys]
  float *query, *mixed, *doutput, *delta;                            // [TileRows, depth]; delta [TileRows]
  float *scores, *dscores;                                           // [TileRows, seen keys]
  float *bias;                                                       // [blocks][TileRows positions][Block]
  int32_t *seen, *partial;                                           // [blocks]: which blocks, and where their bias is (-1: none needed)
  int32_t *document, *group, *open, *valid;                          // [padded_keys]: the description of this batch row
  int32_t *lowest, *highest, *ahead;                                 // [blocks]: range of documents; whether later keys may be seen
  float* row;                                                        // one vector of a head, while it is converted
  int64_t floats;

  Workspace(const Attention& a, bool backward, float* memory) {
    depth = rounded_up(a.size, 16);
    padded_keys = rounded_up(a.keys, Block);
    blocks = padded_keys / Block;
    float* next = memory;
    auto take = [&next](int64_t n) { float* p = next; next += rounded_up(n, 16); return p; };
    key = take(backward ? padded_keys * depth : depth);
    key_columns = take(padded_keys * depth);
    value = take(padded_keys * depth);
    value_columns = take(backward ? padded_keys * depth : 0);
    dkey = take(backward ? padded_keys * depth : 0);
    dvalue = take(backward ? padded_keys * depth : 0);
    query = take(TileRows * depth);
    mixed = take(TileRows * depth);
    doutput = take(TileRows * depth);
    delta = take(TileRows);
    scores = take(TileRows * padded_keys);
    dscores = take(backward ? TileRows * padded_keys : 0);
    bias = take(blocks * TileRows * Block);
    seen = (int32_t*)take(blocks);
    partial = (int32_t*)take(blocks);
    document = (int32_t*)take(padded_keys);
    group = (int32_t*)take(padded_keys);
    open = (int32_t*)take(padded_keys);
    valid = (int32_t*)take(padded_keys);
    lowest = (int32_t*)take(blocks);
    highest = (int32_t*)take(blocks);
    ahead = (int32_t*)take(blocks);
    row = take(2 * depth);
    floats = next - memory;
  }
};

int64_t attention_scratch(const Attention& a, bool backward) { return Workspace(a, backward, nullptr).floats; }

INLINE int64_t offset(const HeadVectors& h, int64_t batch, int64_t head, int64_t position) {
  return batch * h.stride.batch + head * h.stride.head + position * h.stride.position;
}

// One vector of a head as floats times a factor, turned where there are angles, and filled up with zeros.
INLINE void read_vector(const Attention& a, const HeadVectors& from, int64_t batch, int64_t head, int64_t index, int64_t position, bool turned, float factor, float* to, Workspace& w) {
  const float* x = widen(from.at, offset(from, batch, head, index), a.size, w.row);
  if (turned && a.cos) {
    const int64_t half = a.size / 2, angle = batch * a.angle_batch_stride + position * half;
    turn(x, w.row + w.depth, a.cos + angle, a.sin + angle, 1.f, half);
    x = w.row + w.depth;
  }
  each(a.size, [&](int64_t i, auto get, auto put) { put(to + i, get(x + i) * factor); });
  for (int64_t i = a.size; i < w.depth; i++) to[i] = 0;
}

// The opposite: the gradient of the turned and scaled vector becomes that of the vector in memory.
INLINE void write_vector(const Attention& a, const HeadVectors& target, int64_t batch, int64_t head, int64_t index, int64_t position, bool turned, float factor, float* x, Workspace& w) {
  each(a.size, [&](int64_t i, auto get, auto put) { put(x + i, get(x + i) * factor); });
  const int64_t at = offset(target, batch, head, index);
  float* to = open_for_writing(target.at, at, w.row);
  if (turned && a.cos) {
    const int64_t half = a.size / 2, angle = batch * a.angle_batch_stride + position * half;
    turn(x, to, a.cos + angle, a.sin + angle, -1.f, half);
  } else {
    for (int64_t i = 0; i < a.size; i++) to[i] = x[i];
  }
  finish(target.at, at, a.size, to);
}

INLINE void read_keys_and_values(const Attention& a, const AttentionUnit& u, bool backward, Workspace& w) {
  for (int64_t j = 0; j < w.padded_keys; j += 16) {
    alignas(64) float stripe[16 * 512];
    float* keys = backward ? w.key + j * w.depth : stripe;
    for (int64_t k = 0; k < 16; k++) {
      if (j + k < a.keys) {
        read_vector(a, a.key, u.batch, u.group, j + k, j + k, true, 1.f, keys + k * w.depth, w);
        read_vector(a, a.value, u.batch, u.group, j + k, j + k, false, 1.f, w.value + (j + k) * w.depth, w);
      } else {
        for (int64_t d = 0; d < w.depth; d++) keys[k * w.depth + d] = w.value[(j + k) * w.depth + d] = 0;
      }
    }
    for (int64_t d = 0; d < w.depth; d++)
      for (int64_t k = 0; k < 16; k++) w.key_columns[d * w.padded_keys + j + k] = keys[k * w.depth + d];
    if (backward)
      for (int64_t d = 0; d < w.depth; d++)
        for (int64_t k = 0; k < 16; k++) w.value_columns[d * w.padded_keys + j + k] = w.value[(j + k) * w.depth + d];
  }
}

// Copies the description of a batch row, filled up with positions that nobody sees, and sums each block up.
INLINE void read_description(const Attention& a, int64_t batch, Workspace& w) {
  const int64_t at = batch * a.keys;
  for (int64_t j = 0; j < w.padded_keys; j++) {
    const bool real = j < a.keys;
    w.document[j] = real && a.document ? a.document[at + j] : 0;
    w.group[j] = real && a.group ? a.group[at + j] : 0;
    w.open[j] = real && a.open ? a.open[at + j] : 0;
    w.valid[j] = real && (!a.valid || a.valid[at + j]);
  }
  for (int64_t block = 0; block < w.blocks; block++) {
    int32_t lowest = w.document[block * Block], highest = lowest, ahead = !a.causal;
    for (int64_t j = block * Block; j < (block + 1) * Block; j++) {
      lowest = w.document[j] < lowest ? w.document[j] : lowest;
      highest = w.document[j] > highest ? w.document[j] : highest;
      ahead |= w.group[j] | w.open[j];
    }
    w.lowest[block] = lowest;
    w.highest[block] = highest;
    w.ahead[block] = ahead;
  }
}

// Finds the blocks of keys that some position from `first` up to `last` sees; where not all of them see all of it, writes its bias.
INLINE int64_t find_seen(const Attention& a, int64_t first, int64_t last, Workspace& w) {
  int32_t lowest = w.document[first], highest = lowest;
  for (int64_t i = first; i < last; i++) {
    lowest = w.document[i] < lowest ? w.document[i] : lowest;
    highest = w.document[i] > highest ? w.document[i] : highest;
  }
  Ints order;
  for (int i = 0; i < Lanes; i++) order[i] = i;
  const int32_t anyone = a.causal ? 0 : -1;
  int64_t count = 0, biases = 0;
  for (int64_t block = 0; block < w.blocks; block++) {
    const int64_t begin = block * Block;
    if (begin >= last && !w.ahead[block]) continue;
    // Below the tile's documents only what its own sample shares can be seen; what later samples share lies above them.
    if (w.lowest[block] > highest || (w.highest[block] < lowest && (w.highest[block] < shared_part(lowest) || w.lowest[block] > shared_part(lowest)))) continue;
    float* bias = w.bias + biases * TileRows * Block;
    Ints some{}, every = ~some;
    for (int64_t i = first; i < last; i++)
      for (int v = 0; v < VecsPerBlock; v++) {
        const int64_t j = begin + v * Lanes;
        Ints document, group, open, valid;
        __builtin_memcpy(&document, w.document + j, sizeof document);
        __builtin_memcpy(&group, w.group + j, sizeof group);
        __builtin_memcpy(&open, w.open + j, sizeof open);
        __builtin_memcpy(&valid, w.valid + j, sizeof valid);
        const int32_t own = w.group[i] ? w.group[i] : -0x7fffffff - 1;
        Ints sees = (valid != 0) & ((document == w.document[i]) | (document == shared_part(w.document[i]))) &
                    ((order + (int32_t)j <= (int32_t)i) | (group == own) | (open != 0) | anyone);
        store(bias + (i - first) * Block + v * Lanes, sees ? Vec{} : splat(Nothing));
        some |= sees;
        every &= sees;
      }
    int32_t any = 0, all = -1;
    for (int i = 0; i < Lanes; i++) { any |= some[i]; all &= every[i]; }
    if (!any) continue;
    w.seen[count] = (int32_t)block;
    w.partial[count++] = all ? -1 : (int32_t)biases++;
  }
  return count;
}

// A tile: positions from `first` up to `last` of `heads` heads from `head` on, position after position within a head.
struct Tile {
  int64_t first, last, head, heads, rows, padded_rows;
};

template <class Body>
INLINE void each_tile(const Attention& a, const AttentionUnit& u, Body body) {
  const int64_t shared = a.heads / a.groups;
  const int64_t heads_at_once = shared < TileRows ? shared : TileRows;
  const int64_t positions_at_once = TileRows / heads_at_once;
  for (int64_t first = u.first_query; first < u.last_query; first += positions_at_once) {
    const int64_t last = first + positions_at_once < u.last_query ? first + positions_at_once : u.last_query;
    for (int64_t h = 0; h < shared; h += heads_at_once) {
      const int64_t heads = shared - h < heads_at_once ? shared - h : heads_at_once;
      const int64_t rows = heads * (last - first);
      body(Tile{first, last, u.group * shared + h, heads, rows, rounded_up(rows, MixRows)});
    }
  }
}

// body(row, head, position) for every row of a tile.
template <class Body>
INLINE void each_row(const Tile& t, Body body) {
  int64_t r = 0;
  for (int64_t h = 0; h < t.heads; h++)
    for (int64_t i = t.first; i < t.last; i++) body(r++, t.head + h, i);
}

INLINE void add_bias(const Tile& t, int64_t count, const Workspace& w) {
  for (int64_t b = 0; b < count; b++) {
    if (w.partial[b] < 0) continue;
    const float* bias = w.bias + w.partial[b] * TileRows * Block;
    each_row(t, [&](int64_t r, int64_t, int64_t i) {
      for (int v = 0; v < VecsPerBlock; v++) {
        float* s = w.scores + (r * count + b) * Block + v * Lanes;
        store(s, load(s) + load(bias + (i - t.first) * Block + v * Lanes));
      }
    });
  }
}

INLINE void read_tile(const Attention& a, int64_t batch, const Tile& t, const HeadVectors& from, bool turned, float factor, float* to, Workspace& w) {
  const int64_t back = a.keys - a.queries;
  each_row(t, [&](int64_t r, int64_t head, int64_t i) { read_vector(a, from, batch, head, i, i + back, turned, factor, to + r * w.depth, w); });
  for (int64_t r = t.rows * w.depth; r < t.padded_rows * w.depth; r++) to[r] = 0;
}

KERNEL void attention_forward(const Attention& a, const AttentionUnit& u, float* scratch) {
  Workspace w(a, false, scratch);
  const int64_t back = a.keys - a.queries;
  read_keys_and_values(a, u, false, w);
  read_description(a, u.batch, w);
  each_tile(a, u, [&](const Tile& t) {
    const int64_t count = find_seen(a, t.first + back, t.last + back, w), stride = count * Block;
    read_tile(a, u.batch, t, a.query, true, a.scale * Log2E, w.query, w);
    score(w.query, t.padded_rows, w.depth, w.key_columns, w.padded_keys, w.seen, count, w.scores);
    add_bias(t, count, w);
    each_row(t, [&](int64_t r, int64_t head, int64_t i) {
      float* s = w.scores + r * stride;
      Vec most = splat(Nothing);
      for (int64_t k = 0; k < stride; k += Lanes) most = larger(most, load(s + k));
      const float top = largest(most);
      Vec total{};
      for (int64_t k = 0; k < stride; k += Lanes) {
        Vec p = exp2(load(s + k) - top);
        store(s + k, p);
        total += p;
      }
      const bool blind = top <= 0.5f * Nothing;
      const float mass = sum(total);
      a.log_sums[(u.batch * a.heads + head) * a.queries + i] = blind ? -Nothing : top + __builtin_log2f(mass);
      w.delta[r] = blind ? 0.f : 1.f / mass;
    });
    mix(w.scores, t.padded_rows, w.value, w.depth, w.seen, count, w.mixed);
    each_row(t, [&](int64_t r, int64_t head, int64_t i) {
      write_vector(a, a.output, u.batch, head, i, 0, false, w.delta[r], w.mixed + r * w.depth, w);
    });
  });
}

KERNEL void attention_backward(const Attention& a, const AttentionUnit& u, float* scratch) {
  Workspace w(a, true, scratch);
  const int64_t back = a.keys - a.queries;
  read_keys_and_values(a, u, true, w);
  read_description(a, u.batch, w);
  for (int64_t k = 0; k < w.padded_keys * w.depth; k++) w.dkey[k] = w.dvalue[k] = 0;
  each_tile(a, u, [&](const Tile& t) {
    const int64_t count = find_seen(a, t.first + back, t.last + back, w), stride = count * Block;
    read_tile(a, u.batch, t, a.query, true, a.scale * Log2E, w.query, w);
    read_tile(a, u.batch, t, a.output, false, 1.f, w.mixed, w);
    read_tile(a, u.batch, t, a.doutput, false, 1.f, w.doutput, w);
    score(w.query, t.padded_rows, w.depth, w.key_columns, w.padded_keys, w.seen, count, w.scores);
    add_bias(t, count, w);
    score(w.doutput, t.padded_rows, w.depth, w.value_columns, w.padded_keys, w.seen, count, w.dscores);
    // With probabilities p and dp = dout v^T: ds = p (dp - sum(p dp)), and that sum is dout . out.
    each_row(t, [&](int64_t r, int64_t head, int64_t i) {
      Vec product{};
      for (int64_t d = 0; d < w.depth; d += Lanes) product += load(w.mixed + r * w.depth + d) * load(w.doutput + r * w.depth + d);
      const float delta = sum(product), log_sum = a.log_sums[(u.batch * a.heads + head) * a.queries + i];
      for (int64_t k = 0; k < stride; k += Lanes) {
        Vec p = exp2(load(w.scores + r * stride + k) - log_sum);
        store(w.scores + r * stride + k, p);
        store(w.dscores + r * stride + k, p * (load(w.dscores + r * stride + k) - delta));
      }
    });
    mix(w.dscores, t.padded_rows, w.key, w.depth, w.seen, count, w.mixed);
    gather(w.scores, t.rows, w.doutput, w.depth, w.seen, count, w.dvalue);
    gather(w.dscores, t.rows, w.query, w.depth, w.seen, count, w.dkey);
    each_row(t, [&](int64_t r, int64_t head, int64_t i) {
      write_vector(a, a.dquery, u.batch, head, i, i + back, true, a.scale, w.mixed + r * w.depth, w);
    });
  });
  for (int64_t j = 0; j < a.keys; j++) {
    write_vector(a, a.dkey, u.batch, u.group, j, j, true, Ln2, w.dkey + j * w.depth, w);  // the queries carry log2(e)
    write_vector(a, a.dvalue, u.batch, u.group, j, j, false, 1.f, w.dvalue + j * w.depth, w);
  }
}
