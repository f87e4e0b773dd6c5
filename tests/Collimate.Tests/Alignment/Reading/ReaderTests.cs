using System.Text;
using Collimate.Alignment;
using Collimate.Alignment.Reading;
using Collimate.Data;
using Collimate.Models;
using Collimate.Models.Text.Bert;
using Collimate.Models.Text.T5;
using Collimate.Tests.Models;
using Collimate.Tests.Models.Language;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Reading;

public sealed class ReaderTests
{
    private static readonly PictureQuestion[] Questions = [new("a", [5, 6], "abc"), new("b", [7], "e"), new("c", [], "")];

    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    public void Read_ReferenceBert_GivesWhatTheModelGivesForEachTextAlone(int layer)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder("bert");
        var bert = BertModel.Load(golden.Path, withPooler: false);
        using var reader = new EncoderReader(bert, new Letters(), layer);

        CheckAlone(reader, layer, (ids, trace) => bert.Encode(ids, trace: trace));
        Assert.DoesNotContain(reader.NamedParameters(), parameter => parameter.Name.Contains("pooler", StringComparison.Ordinal));

        // The model itself is the one that the reference numbers hold for.
        var ids = golden.Input("input_ids");
        var valid = golden.Input("attention_mask").ToArray<long>().Select(one => (int)one).ToArray();
        Near.Assert(golden.Output("last_hidden_state"), bert.Encode(ids, valid, golden.Input("token_type_ids")).Last, 2e-5, "reference");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    public void Read_ReferenceT5_GivesWhatTheModelGivesForEachTextAlone(int layer)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var t5 = T5Encoder.Load(GoldenFiles.Require("t5-encoder"));
        using var reader = new EncoderReader(t5, new Letters(), layer);

        CheckAlone(reader, layer, (ids, trace) => t5.Encode(ids, trace: trace));
    }

    [Fact]
    public void Read_RowWithoutText_SaysWhatToDo()
    {
        using var scope = new TensorScope();
        using var reader = new EncoderReader(BertModel.Load(GoldenFiles.Require("bert")), new Letters());
        using var language = TinyDecoder.Create();

        Assert.Contains("text: decoder", Assert.Throws<DataException>(() => reader.Read([new PictureQuestion("a", [1], null)], language)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Decoder_GivesItsEmbeddingsAndNoGradient()
    {
        using var scope = new TensorScope();
        using var language = TinyDecoder.Create();

        var read = new DecoderReader(24).Read(Questions, language);

        Assert.Equal([2, 1, 0], read.Lengths);
        Near.Assert(language.EmbeddingWeight.Detach().Slice(0, 5, 7), read.Tokens.Select(0, 0), 0, "first question");
        Assert.False(read.Tokens.RequiresGrad);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    public void Fitted_AnyLength_CutsAndFillsWithZeros(int length)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var language = TinyDecoder.Create();
        var read = new DecoderReader(24).Read(Questions, language);

        var fitted = read.Fitted(length);

        Assert.Equal([3, length, 24], fitted.Tokens.Shape);
        Assert.Equal(read.Lengths.Select(own => Math.Min(own, length)), fitted.Lengths);
        for (var text = 0; text < 3; text++)
        {
            var own = fitted.Lengths[text];
            Near.Assert(read.Tokens.Select(0, text).Slice(0, 0, own), fitted.Tokens.Select(0, text).Slice(0, 0, own), 0, "what was said");
            Assert.True(own == length || fitted.Tokens.Select(0, text).Slice(0, own).Abs().Max().Item() == 0, "what was not");
        }
    }

    private static void CheckAlone(EncoderReader reader, int layer, Action<Tensor, ForwardTrace> encode)
    {
        using var language = TinyDecoder.Create();
        var read = reader.Read(Questions, language);
        Assert.Equal([5, 3, 2], read.Lengths);
        foreach (var (at, question) in Questions.Index())
        {
            var ids = new Letters().EncodeText(question.Text!).Ids;
            using var trace = new ForwardTrace();
            encode(Tensor.From([.. ids.Select(id => (long)id)], [1, ids.Count]), trace);
            var expected = trace.HiddenStates[trace.HiddenStates.Count + layer].Select(0, 0);
            Assert.True(expected.Abs().Max().Item() > 0.1);
            Near.Assert(expected, read.Tokens.Select(0, at).Slice(0, 0, ids.Count), 1e-5, question.SampleId);
        }
    }

    /// <summary>A letter a token, between an opening and a closing one.</summary>
    private sealed class Letters : ITokenizer
    {
        public int VocabularySize => 30;

        public int PadId => 0;

        public int EosId => 2;

        public int? BosId => 1;

        public int? ImageId => null;

        public int[] Encode(string text) => [.. text.Select(letter => letter - 'a' + 3)];

        public EncodedToken[] EncodeWithOffsets(string text, bool recogniseAdded = true) => [.. text.Select((letter, at) => new EncodedToken(letter - 'a' + 3, at, at + 1))];

        public TokenizedText EncodeText(string text, string? pair = null, bool addSpecialTokens = true)
        {
            int[] ids = [1, .. Encode(text), 2];
            return new TokenizedText
            {
                Ids = ids, Tokens = [.. ids.Select(IdToToken)], Offsets = new (int, int)[ids.Length], TypeIds = new int[ids.Length], PutIn = new bool[ids.Length], Words = new int?[ids.Length],
            };
        }

        public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
        {
            var text = new StringBuilder();
            foreach (var id in ids)
            {
                text.Append(IdToToken(id));
            }

            return text.ToString();
        }

        public ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial = true) => Encoding.UTF8.GetBytes(IdToToken(id));

        public int? TokenToId(string token) => token.Length == 1 ? token[0] - 'a' + 3 : null;

        public string IdToToken(int id) => id < 3 ? "" : $"{(char)('a' + id - 3)}";
    }
}
