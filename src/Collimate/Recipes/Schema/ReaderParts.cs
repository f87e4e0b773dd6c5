using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Reading;
using Collimate.Data.Conversations;
using Collimate.Models;
using Collimate.Models.Text.Bert;
using Collimate.Models.Text.T5;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Recipes.Schema;

/// <summary>What may read questions, and how a trained model's folder keeps it.</summary>
internal static class ReaderParts
{
    /// <summary>The table of readers.</summary>
    public static SeamTable<SeamContext, ITextReader> Table { get; } = new SeamTable<SeamContext, ITextReader>("text")
        .Register("decoder", context => new DecoderReader(context.HiddenWidth))
        .Register<EncoderReaderOptions>("bert", (options, context) => Encoder(options, context, "bert", Bert))
        .Register<EncoderReaderOptions>("t5", (options, context) => Encoder(options, context, "t5", T5));

    /// <summary>Keeps the shape and the tokenizer of a reader beside a model's weights, which hold its own.</summary>
    /// <param name="reader">The reader; null where nothing is to be kept.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="place">The folder in it.</param>
    public static void Save(ITextReader? reader, string folder, string place)
    {
        if (reader is EncoderReader encoder)
        {
            var here = Directory.CreateDirectory(Path.Combine(folder, place)).FullName;
            ConfigSection.Save(encoder.Configuration, CheckpointFolder.ConfigFile(here));
            encoder.Tokenizer.Save(Path.Combine(here, "tokenizer.json"));
        }
    }

    /// <summary>The reader of a conditioning, or null.</summary>
    public static ITextReader? Of(IConditioning conditioning) => conditioning switch
    {
        PrefixConditioning prefix => prefix.Reader,
        TextTokenConditioning tokens => tokens.Reader,
        _ => null,
    };

    /// <summary>The reader of a connector, or null.</summary>
    public static ITextReader? Of(IConnector connector) => (connector as QFormerConnector)?.Reader;

    private static EncoderReader Encoder(EncoderReaderOptions options, SeamContext context, string type, Func<string, bool, ITokenizer, int, EncoderReader> make)
    {
        var folder = context.ReaderFolder(options.Path);
        var file = CheckpointFolder.ConfigFile(folder);
        if (!File.Exists(file))
        {
            throw new MisfitException($"{folder}: no checkpoint is there (config.json beside model.safetensors and tokenizer.json); give text.path the folder of a {type} checkpoint", "text");
        }

        var found = ConfigSection.Load(file).Text("model_type");
        if (found != type)
        {
            throw new MisfitException($"{folder}: config.json is of a model of type {found ?? "none"}, where text: {type} wants one of type {type}", "text");
        }

        try
        {
            return make(folder, context.ModelFolder is null, TokenizerFolder.LoadTokenizer(folder), options.Layer);
        }
        catch (ArgumentOutOfRangeException wrong)
        {
            throw new MisfitException($"text.layer is {options.Layer}: {wrong.Message}", "text");
        }
    }

    private static EncoderReader Bert(string folder, bool withWeights, ITokenizer tokenizer, int layer)
    {
        var bert = withWeights ? BertModel.Load(folder, withPooler: false) : new BertModel(BertConfig.Load(CheckpointFolder.ConfigFile(folder)) with { HasPooler = false });
        return Owned(bert, () => new EncoderReader(bert, tokenizer, layer));
    }

    private static EncoderReader T5(string folder, bool withWeights, ITokenizer tokenizer, int layer)
    {
        var t5 = withWeights ? T5Encoder.Load(folder) : new T5Encoder(T5Config.Load(CheckpointFolder.ConfigFile(folder)));
        return Owned(t5, () => new EncoderReader(t5, tokenizer, layer));
    }

    private static EncoderReader Owned(Module encoder, Func<EncoderReader> make)
    {
        try
        {
            return make();
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }
}
