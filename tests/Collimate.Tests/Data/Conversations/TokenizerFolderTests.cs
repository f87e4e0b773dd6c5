using System.Text.Json.Nodes;
using Collimate.Data.Conversations;
using Collimate.Data.Conversations.Jinja;
using Collimate.Tests.Tokenization;
using Collimate.Tokenization;

namespace Collimate.Tests.Data.Conversations;

/// <summary>Tokenizer and template on disk: read back the same, and refused where the files disagree.</summary>
public sealed class TokenizerFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Load_SavedFolder_GivesTheSame()
    {
        Save();
        var (tokenizer, template) = TokenizerFolder.Load(folder.Path);
        Assert.Same(ChatTemplate.Gym, template);
        Assert.Equal(
            (Tokenizers.Small.PadId, Tokenizers.Small.EosId, Tokenizers.Small.ImageId, Tokenizers.Small.BosId), (tokenizer.PadId, tokenizer.EosId, tokenizer.ImageId, tokenizer.BosId));
        Assert.Equal(["special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        var config = Read("tokenizer_config.json");
        Assert.Equal(("<|end|>", "<|pad|>", 512), ((string?)config["eos_token"], (string?)config["pad_token"], (int?)config["model_max_length"]));
        Assert.Equal(ChatTemplate.Gym.ToJinja(), (string?)config["chat_template"]);
    }

    [Fact]
    public void Load_TemplateOfOnesOwn_IsReadFromItsData()
    {
        var own = ChatTemplate.Gym with { Name = "own", User = new RoleFormat("<|user|>Q:", After: "\n"), Images = ImagePlacement.AsWritten };
        TokenizerFolder.Save(folder.Path, Tokenizers.Small, own, 512);
        var (tokenizer, template) = TokenizerFolder.Load(folder.Path);
        var sample = Samples.Of(("user", "a <image> dog"), ("assistant", "b"));
        Assert.Equal("own", template.Name);
        Assert.Equal(ConversationRenderer.Render(sample, tokenizer, own).Text, ConversationRenderer.Render(sample, tokenizer, template).Text);
    }

    [Fact]
    public void Load_OnlyJinja_RecognisesABuiltInTemplateAndRunsAnyOther()
    {
        Save();
        Change("tokenizer_config.json", config => config.Remove("collimate_template"));
        Assert.Same(ChatTemplate.Gym, TokenizerFolder.Load(folder.Path).Template);
        const string Other = "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}\n{% endfor %}";
        Change("tokenizer_config.json", config => config["chat_template"] = Other);
        var (tokenizer, template) = TokenizerFolder.Load(folder.Path);
        var sample = Samples.Of(("user", "a dog"), ("assistant", "yes"));
        Assert.Equal("user: a dog<|end|>\nassistant: yes<|end|>\n", ConversationRenderer.Render(sample, tokenizer, template).Text);
        Assert.Same(ChatTemplate.Gym, TokenizerFolder.Load(folder.Path, ChatTemplate.Gym).Template);

        using var copy = new TemporaryFolder();
        TokenizerFolder.Save(copy.Path, tokenizer, template, 64);
        Assert.Equal(Other, TokenizerFolder.Load(copy.Path).Template.Jinja?.Source);
    }

    [Fact]
    public void Load_TemplateInItsOtherPlaces_IsFound()
    {
        Save();
        const string Named = "{% for m in messages %}named {{ m.content }}{% endfor %}";
        Change("tokenizer_config.json", config =>
        {
            config.Remove("collimate_template");
            config["chat_template"] = new JsonArray(new JsonObject { ["name"] = "tool_use", ["template"] = "x" }, new JsonObject { ["name"] = "default", ["template"] = Named });
        });
        Assert.Equal(Named, TokenizerFolder.Load(folder.Path).Template.Jinja?.Source);
        Change("chat_template.json", file => file["chat_template"] = "json {{ messages }}");
        Assert.Equal("json {{ messages }}", TokenizerFolder.Load(folder.Path).Template.Jinja?.Source);
        File.WriteAllText(Path.Combine(folder.Path, "chat_template.jinja"), "jinja {{ messages }}");
        Assert.Equal("jinja {{ messages }}", TokenizerFolder.Load(folder.Path).Template.Jinja?.Source);
        File.WriteAllText(Path.Combine(folder.Path, "chat_template.jinja"), "a\n{% if %}");
        Assert.Contains("chat_template.jinja, line 2: ", Assert.Throws<JinjaException>(() => TokenizerFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NamesThatOnlyModelFilesGive_AreTakenFromTheirIds()
    {
        Save();
        File.Delete(Path.Combine(folder.Path, "special_tokens_map.json"));
        Change("tokenizer_config.json", config =>
        {
            config.Remove("image_token");
            config.Remove("pad_token");
        });
        Change("config.json", config => (config["image_token_index"], config["pad_token_id"]) = (Tokenizers.Small.ImageId, Tokenizers.Small.PadId));
        var tokenizer = TokenizerFolder.Load(folder.Path).Tokenizer;
        Assert.Equal((Tokenizers.Small.ImageId, Tokenizers.Small.PadId), (tokenizer.ImageId, tokenizer.PadId));
    }

    [Fact]
    public void Load_SeveralEndsInGenerationConfig_AllowConfigToNameAnyOfThem()
    {
        Save();
        Change("config.json", config => config["eos_token_id"] = 1);
        Refused("config.json: eos_token_id is 1, but the tokenizer's is");
        Change("generation_config.json", config => config["eos_token_id"] = new JsonArray(1, Tokenizers.Small.EosId));
        TokenizerFolder.Load(folder.Path);
    }

    [Fact]
    public void Load_DisagreeingFiles_AreRefused()
    {
        Changed("tokenizer_config.json", config => config["eos_token"] = "<|pad|>", "ends an answer with '<|end|>', but eos_token is '<|pad|>'", alsoMap: true);
        Changed("tokenizer_config.json", config => config["eos_token"] = "<none>", "'<none>' is not in the vocabulary", alsoMap: true);
        Changed("tokenizer_config.json", config => config["chat_template"] = "{{ messages }}", "is not what the template 'gym' writes");
        Changed("tokenizer_config.json", config => config["collimate_template"] = "other", "the built-in templates are gym, chatml, plain, vicuna_v1, qwen");
        Changed("tokenizer_config.json", config => config["collimate_template"] = new JsonObject { ["name"] = 3 }, "collimate_template is not a template");
        Changed("special_tokens_map.json", map => map["pad_token"] = new JsonObject { ["content"] = "<|end|>" }, "pad_token is '<|end|>', but '<|pad|>' in tokenizer_config.json");
        Changed("generation_config.json", config => config["eos_token_id"] = 0, "eos_token_id is 0, but the tokenizer's is");
        Changed("generation_config.json", config => config["eos_token_id"] = new JsonArray(0, 1), "eos_token_id is [0,1]");
        Changed("config.json", config => config["pad_token_id"] = 1, "pad_token_id is 1");
        Changed("config.json", config => config["image_token_index"] = 1, "image_token_index is 1");
        Changed("config.json", config => config["vocab_size"] = 100, $"vocab_size is 100, but tokenizer.json has {Tokenizers.Small.VocabularySize} ids");
        Changed("added_tokens.json", file => file["<|end|>"] = 1, "the added token '<|end|>' has id 1, but id");
        Changed("tokenizer_config.json", config => config["added_tokens_decoder"] = new JsonObject { ["7000"] = new JsonObject { ["content"] = "<new>" } }, "'<new>' has id 7000, but no id");
        Changed("tokenizer.json", file => file["added_tokens"]!.AsArray().RemoveAt(1), "writes '<|user|>', which is no added token");
    }

    [Fact]
    public void Load_AgreeingModelFiles_AreAccepted()
    {
        Save();
        Change("generation_config.json", config => config["eos_token_id"] = new JsonArray(0, Tokenizers.Small.EosId));
        Change("config.json", config => (config["pad_token_id"], config["vocab_size"], config["bos_token_id"]) = (Tokenizers.Small.PadId, 400, 1));
        Assert.Equal(Tokenizers.Small.EosId, TokenizerFolder.Load(folder.Path).Tokenizer.EosId);
    }

    [Fact]
    public void Save_TemplateOfAnotherTokenizer_IsRefusedAndWritesNothing()
    {
        Assert.Throws<TokenizerException>(() => TokenizerFolder.Save(folder.Path, Tokenizers.Small, ChatTemplate.ChatMl, 512)); // its end mark is not this tokenizer's
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void LoadTokenizer_FileWithAndWithoutConfig_TakesTheNamesThatAreThere()
    {
        Save();
        Assert.Equal(Tokenizers.Small.EosId, TokenizerFolder.LoadTokenizer(folder.Path).EosId);
        File.Delete(Path.Combine(folder.Path, "tokenizer_config.json"));
        Assert.Equal(Tokenizers.Small.EosId, TokenizerFolder.LoadTokenizer(folder.Path).EosId);
        File.Delete(Path.Combine(folder.Path, "special_tokens_map.json"));
        var bare = TokenizerFolder.LoadTokenizer(Path.Combine(folder.Path, "tokenizer.json"));
        Assert.Equal(Tokenizers.Small.Encode("a dog"), bare.Encode("a dog"));
        Assert.Throws<TokenizerException>(() => bare.EosId);
    }

    [Fact]
    public void Load_MissingFolder_NamesTheFile() => Refused("tokenizer.json: there is no such file");

    [SharedFact("golden/tokenizers/qwen2.5")]
    public void Load_Qwen_WithItsTemplateNamed_Works()
    {
        var path = SharedFiles.Require("golden/tokenizers/qwen2.5");
        var (tokenizer, template) = TokenizerFolder.Load(path, ChatTemplate.ChatMl);
        Assert.Equal((151645, 151643), (tokenizer.EosId, tokenizer.PadId));
        var layout = ConversationRenderer.Render(Samples.Of(("user", "Hi")), tokenizer, template, forGeneration: true);
        Assert.Equal(tokenizer.Encode("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"), layout.TokenIds);
    }

    public void Dispose() => folder.Dispose();

    private void Save() => TokenizerFolder.Save(folder.Path, Tokenizers.Small, ChatTemplate.Gym, 512);

    private void Changed(string file, Action<JsonObject> change, string expected, bool alsoMap = false)
    {
        Save();
        Change(file, change);
        if (alsoMap)
        {
            File.Delete(Path.Combine(folder.Path, "special_tokens_map.json"));
        }

        Refused(expected);
        foreach (var path in Directory.GetFiles(folder.Path))
        {
            File.Delete(path);
        }
    }

    private void Refused(string expected)
    {
        var message = Assert.Throws<TokenizerException>(() => TokenizerFolder.Load(folder.Path)).Message;
        Assert.Contains(folder.Path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    private void Change(string file, Action<JsonObject> change)
    {
        var json = File.Exists(Path.Combine(folder.Path, file)) ? Read(file) : [];
        change(json);
        File.WriteAllText(Path.Combine(folder.Path, file), json.ToJsonString());
    }

    private JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, file)))!.AsObject();
}
