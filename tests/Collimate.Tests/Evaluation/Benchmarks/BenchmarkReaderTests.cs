using Collimate.Data;
using Collimate.Data.Puzzles;
using Collimate.Evaluation.Benchmarks;
using Collimate.Recipes;

namespace Collimate.Tests.Evaluation.Benchmarks;

public sealed class BenchmarkReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Catalogue_EveryDefinition_IsSound()
    {
        Assert.Equal(18, BenchmarkCatalogue.Names.Count);
        foreach (var definition in BenchmarkCatalogue.Names.Select(BenchmarkCatalogue.Find))
        {
            Assert.Equal(definition.Name, Assert.Single(BenchmarkCatalogue.Names, name => name == definition.Name));
            Assert.Contains(definition.DefaultProtocol, definition.Protocols.Keys);
            Assert.Equal(64, definition.Sha256.Length);
        }
    }

    [Fact]
    public void EveryBenchmark_WithoutItsData_SaysWhereToGetThem()
    {
        foreach (var name in BenchmarkCatalogue.Names.Where(name => name != "scenes"))
        {
            var failure = Assert.Throws<DataException>(() => folder.Items(name));
            Assert.Contains(name == "path_vqa" || name == "mmlu" ? "expected" : "Where to get", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Find_OwnDefinition_IsReadByItsPath_AndMistakesAreNamed()
    {
        const string Own = "name: mine\nversion: 2\ntitle: Mine\nsource: here\nreader: pope\nmetric: yes_no\nparser: pope\ndefault_protocol: plain\nprotocols:\n  plain: { note: mine }\n";
        folder.Write("mine.yaml", Own);
        Assert.Equal(2, BenchmarkCatalogue.Find(folder["mine.yaml"]).Version);

        foreach (var (from, to, message) in ((string, string, string)[])[
            ("metric: yes_no", "metric: yes_on", "did you mean 'yes_no'"), ("parser: pope", "parser: poope", "there is no parser"), ("reader: pope", "reader: pop", "pope"), ("default_protocol: plain", "default_protocol: fancy", "there is no protocol"),
            ("version: 2", "version: 0", "version"), ("title: Mine", "titel: Mine", "titel")])
        {
            folder.Write("mine.yaml", Own.Replace(from, to, StringComparison.Ordinal));
            Assert.Contains(message, Assert.ThrowsAny<CollimateException>(() => BenchmarkCatalogue.Find(folder["mine.yaml"])).Message, StringComparison.Ordinal);
        }

        Assert.Contains("did you mean 'pope'", Assert.Throws<DataException>(() => BenchmarkCatalogue.Find("popo")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pope_ThreeFiles_AreThreeSplits()
    {
        folder.Pope();

        var items = folder.Items("pope");

        Assert.Equal(27, items.Count);
        Assert.Equal(("popular/3", "no", "popular"), (items[11].Id, items[11].Truth.Answers[0], items[11].Truth.Category));
        folder.Write("coco_pope_popular.json", """{"question_id": 1, "image": "p1.jpg", "text": "?", "label": "perhaps"}""");
        Assert.Contains("line 1: the label is 'perhaps'", Assert.Throws<DataException>(() => folder.Items("pope")).Message, StringComparison.Ordinal);
        folder.Write("coco_pope_popular.json", """{"question_id": 1, "image": "absent.jpg", "text": "?", "label": "yes"}""");
        Assert.Contains("no picture val2014/absent.jpg", Assert.Throws<DataException>(() => folder.Items("pope")).Message, StringComparison.Ordinal);
    }

    [SharedFact("data/pope")]
    public void Pope_ItsOwnFiles_HaveThreeThousandQuestionsASplit()
    {
        var source = SharedFiles.Require("data/pope");
        foreach (var file in Directory.GetFiles(source, "coco_pope_*.json"))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        var names = Directory.GetFiles(source, "coco_pope_*.json").SelectMany(File.ReadLines).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("image").GetString()!).Distinct().ToArray();
        Directory.CreateDirectory(folder["val2014"]);
        Array.ForEach(names, name => File.WriteAllBytes(folder[$"val2014/{name}"], [1]));
        var items = folder.Items("pope");

        Assert.Equal(500, names.Length);
        Assert.Equal([3000, 3000, 3000], items.CountBy(item => item.Truth.Category!).Select(one => one.Value));
        Assert.All(items.GroupBy(item => item.Truth.Category), split => Assert.Equal(1500, split.Count(item => item.Truth.Answers[0] == "yes")));
    }

    [Fact]
    public void Vqa_QuestionsAndAnnotations_MustFitEachOther()
    {
        folder.Picture("val2014/COCO_val2014_000000000042.jpg");
        Questions("""{"question_id": 42000, "image_id": 42, "question": "What?"}""");
        Annotations("""{"question_id": 42000, "question_type": "what", "answer_type": "other", "answers": [{"answer": "a"}, {"answer": "b"}]}""");
        var item = Assert.Single(folder.Items("vqa_v2"));
        Assert.Equal(["a", "b"], item.Truth.Answers);
        Assert.Equal(("what", "other"), (item.Truth.Category, item.Truth.Kind));

        Annotations("""{"question_id": 42000, "answers": [{"answer": "a"}]}, {"question_id": 7, "answers": [{"answer": "a"}]}""");
        Assert.Contains("there is no question 7", Assert.Throws<DataException>(() => folder.Items("vqa_v2")).Message, StringComparison.Ordinal);
        Annotations("""{"question_id": 42000, "answers": [{"answer": "a"}]}, {"question_id": 42000, "answers": [{"answer": "a"}]}""");
        Assert.Contains("annotated twice", Assert.Throws<DataException>(() => folder.Items("vqa_v2")).Message, StringComparison.Ordinal);
        Annotations("""{"question_id": 8, "answers": [{"answer": "a"}]}""");
        Assert.Contains("question 42000 has no annotation", Assert.Throws<DataException>(() => folder.Items("vqa_v2")).Message, StringComparison.Ordinal);
        Annotations("""{"answers": [{"answer": "a"}]}""");
        Assert.Contains("\"question_id\" is missing", Assert.Throws<DataException>(() => folder.Items("vqa_v2")).Message, StringComparison.Ordinal);
        Annotations("""{"question_id": 42000, "answers": []}""");
        Assert.Contains("has no answers", Assert.Throws<DataException>(() => folder.Items("vqa_v2")).Message, StringComparison.Ordinal);
        Annotations("""{"question_id": 42000, "answers": NaN}""");
        Assert.Contains("not valid JSON", Assert.Throws<DataException>(() => folder.Items("vqa_v2")).Message, StringComparison.Ordinal);

        void Questions(string text) => folder.Write("v2_OpenEnded_mscoco_val2014_questions.json", $$"""{"info": {}, "questions": [{{text}}]}""");
        void Annotations(string text) => folder.Write("v2_mscoco_val2014_annotations.json", $$"""{"info": {}, "annotations": [{{text}}]}""");
    }

    [Fact]
    public void TextVqa_WithWords_ShowsThem_AndAsksForTenAnswers()
    {
        folder.Picture("train_images/abc.jpg");
        string Data(int people) => $$"""{"data": [{"question_id": 5, "image_id": "abc", "question": "what?", "answers": [{{string.Join(", ", Enumerable.Repeat("\"x\"", people))}}]}]}""";
        folder.Write("TextVQA_0.5.1_val.json", Data(10));
        folder.Write("TextVQA_Rosetta_OCR_v0.2_val.json", """{"data": [{"image_id": "abc", "ocr_tokens": ["STOP", "here"]}]}""");

        var definition = BenchmarkCatalogue.Find("text_vqa");
        var with = BenchmarkPrompt.Of(folder.Items("text_vqa")[0], definition.Protocol()).Conversation[0].Text;
        var without = BenchmarkPrompt.Of(folder.Items("text_vqa", "without_ocr")[0], definition.Protocol("without_ocr")).Conversation[0].Text;

        Assert.Equal("<image>\nwhat?\nReference OCR token: STOP, here\nAnswer the question using a single word or phrase.", with);
        Assert.Equal("<image>\nwhat?\nAnswer the question using a single word or phrase.", without);
        folder.Write("TextVQA_0.5.1_val.json", Data(9));
        Assert.Contains("9 answers", Assert.Throws<DataException>(() => folder.Items("text_vqa")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void VizWizAndGqa_TheirFiles_AreRead()
    {
        folder.Picture("val/v.jpg");
        folder.Picture("images/7.jpg");
        folder.Write("val.json", """[{"image": "v.jpg", "question": "what Is THIS?", "answers": [{"answer": "unanswerable", "answer_confidence": "yes"}], "answer_type": "unanswerable", "answerable": 0}]""");
        folder.Write("testdev_balanced_questions.json", """{"20": {"imageId": "7", "question": "Is it?", "answer": "yes", "types": {"structural": "verify", "semantic": "attr"}}}""");

        Assert.Equal(("v.jpg", "unanswerable"), (folder.Items("viz_wiz")[0].Id, folder.Items("viz_wiz")[0].Truth.Answers[0]));
        Assert.Equal("What is this?", folder.Items("viz_wiz", "lmms")[0].Fields["question"]);
        var gqa = Assert.Single(folder.Items("gqa"));
        Assert.Equal(("20", "yes", "verify", "attr"), (gqa.Id, gqa.Truth.Answers[0], gqa.Truth.Category, gqa.Truth.Kind));
    }

    [Fact]
    public void ScienceQa_QuestionsWithoutPicture_AreLeftOut()
    {
        folder.Picture("test/3/image.png");
        folder.Write("pid_splits.json", """{"test": ["2", "3"], "train": ["9"]}""");
        const string Problems = """{"2": {"question": "q", "choices": ["a", "b"], "answer": 0, "image": null}, "3": {"question": "Which?", "choices": ["red", "blue"], "answer": 1, "hint": "", "image": "image.png", "subject": "natural science", "grade": "grade5"}}""";
        folder.Write("problems.json", Problems);

        var item = Assert.Single(folder.Items("science_qa"));

        Assert.Equal("B", item.Truth.Answers[0]);
        Assert.Equal(
            "<image>\nContext: N/A\nQuestion: Which?\nOptions: (A) red (B) blue\nAnswer with the option's letter from the given choices directly.",
            BenchmarkPrompt.Of(item, BenchmarkCatalogue.Find("science_qa").Protocol()).Conversation[0].Text);
        folder.Write("problems.json", Problems.Replace("\"answer\": 1", "\"answer\": 2", StringComparison.Ordinal));
        Assert.Contains("number of a choice", Assert.Throws<DataException>(() => folder.Items("science_qa")).Message, StringComparison.Ordinal);
        folder.Write("problems.json", """{"2": {"image": null}}""");
        Assert.Contains("problem 3", Assert.Throws<DataException>(() => folder.Items("science_qa")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // the file holds the rotations itself
    public void MmBench_Circular_AsksEveryRotation(bool written)
    {
        folder.Picture("p.png");
        var picture = Convert.ToBase64String(File.ReadAllBytes(folder["p.png"]));
        var rows = $"index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\tl2-category\timage\n5\tWhich \"\"?\t\tred\tgreen\tblue\t\tC\tc\tl2\t{picture}\n6\tTwo?\tlook\tyes\tno\t\t\tA\tc\tl2\t5\n".Replace("Which \"\"?", "\"Which \"\"?\"", StringComparison.Ordinal);
        folder.Write("t.tsv", written ? rows + "1000005\tWhich?\t\tgreen\tblue\tred\t\tB\tc\tl2\t5\n2000005\tWhich?\t\tblue\tred\tgreen\t\tA\tc\tl2\t5\n1000006\tTwo?\t\tno\tyes\t\t\tB\tc\tl2\t5\n" : rows);

        var items = folder.Items("mm_bench");

        Assert.Equal(["5", "1000005", "2000005", "6", "1000006"], items.Select(item => item.Id));
        Assert.Equal(["C", "B", "A", "A", "B"], items.Select(item => item.Truth.Answers[0]));
        Assert.All(items, item => Assert.Equal(item.Truth.Group == "5" ? "blue" : "yes", item.Truth.Choices[item.Truth.Answers[0][0] - 'A']));
        Assert.Equal(["5", "6"], folder.Items("mm_bench", "vanilla").Select(item => item.Id));
        Assert.Equal("look\nTwo?", items[3].Fields["question"]);
        Assert.Equal(8, items[4].Images[0].Load().Width);
    }

    [Fact]
    public void MmVetAndCaptions_TheirFiles_AreRead()
    {
        folder.Picture("images/v.png");
        folder.Picture("images/c.jpg");
        folder.Write("mm-vet.json", """{"v1_0": {"imagename": "v.png", "question": "x?", "answer": "-1 <AND> -5", "imagesource": "s", "capability": ["ocr", "math"]}}""");
        folder.Write("dataset_flickr8k.json", """{"dataset": "flickr8k", "images": [{"filename": "c.jpg", "imgid": 3, "split": "test", "sentences": [{"raw": "A dog."}, {"raw": "A hound."}]}, {"filename": "d.jpg", "imgid": 4, "split": "train", "sentences": [{"raw": "A cat."}]}]}""");

        Assert.Equal("ocr,math", Assert.Single(folder.Items("mm_vet")).Truth.Category);
        var caption = Assert.Single(folder.Items("flickr8k_captions"));
        Assert.Equal("3", caption.Id);
        Assert.Equal(["A dog.", "A hound."], caption.Truth.Answers);
    }

    [Fact]
    public void PathVqaAndMmlu_TheProjectsReaders_AreUsed()
    {
        folder.Picture("images/test/p.jpg");
        folder.Write("test.jsonl", """{"image": "p.jpg", "question": "is it?", "answer": "Yes"}""" + "\n" + """{"image": "p.jpg", "question": "what?", "answer": "lung"}""" + "\n");
        folder.Write("dev/law_dev.csv", "Old?,a,b,c,d,A\n");
        folder.Write("test/law_test.csv", "New?,a,b,c,d,C\n");

        Assert.Equal(["closed", "open"], folder.Items("path_vqa").Select(item => item.Truth.Category));
        var law = Assert.Single(folder.Items("mmlu"));
        Assert.Equal(("law/1", "C"), (law.Id, law.Truth.Answers[0]));
        Assert.Contains("Old?", law.Fields["question"], StringComparison.Ordinal);
        Assert.DoesNotContain("Old?", folder.Items("mmlu", "zero_shot")[0].Fields["question"], StringComparison.Ordinal);
    }

    [Fact]
    public void Mmvp_ThreeEditions_DifferInWhatIsKnownToBeWrong()
    {
        int[] rows = [1, 2, 99, 100, 279, 280];
        folder.Write("Questions.csv", "Index,Question,Options,Correct Answer\n" + string.Concat(rows.Select(row => $"{row},\"Is it, here?\",(a) Open (b) Closed,{(row % 2 == 1 ? "(a)" : "(b)")}\n")));
        Array.ForEach(rows, row => folder.Picture($"MMVP Images/{row}.jpg"));

        Assert.Equal("ABABAB", Answers(null));
        Assert.Equal("ABBABA", Answers("errata"));
        Assert.Equal("ABAAAA", Answers("errata_lmms"));
        var items = folder.Items("mmvp");
        Assert.Equal(["1", "1", "50", "50", "140", "140"], items.Select(item => item.Truth.Group!));
        Assert.Equal(["Open", "Closed"], items[0].Truth.Choices);

        string Answers(string? protocol) => string.Concat(folder.Items("mmvp", protocol).Select(item => item.Truth.Answers[0]));
    }

    [Fact]
    public void Smart101_GeneratedPuzzles_AskTheTestPartWithItsOptions()
    {
        PuzzleExporter.Export(Collimate.Tests.Data.Scenes.GymWorld.World, new PuzzleExportOptions { Folder = folder.Path, Count = 140, Seed = 3 });
        var set = PuzzleSet.Read(folder.Path, new PuzzleSplitOptions());

        var items = folder.Items("smart101");

        Assert.Equal(set.Test.Select(instance => $"{instance.Puzzle}/{instance.Row}"), items.Select(item => item.Id));
        Assert.All(items.Zip(set.Test), pair =>
        {
            Assert.Equal(PuzzleChat.LetterOf(pair.Second.AnswerOption), pair.First.Truth.Answers[0]);
            Assert.Equal(pair.Second.Options, pair.First.Truth.Choices);
            Assert.Equal(string.Concat(pair.Second.Options.Select((option, at) => $"{(char)('A' + at)}: {option}\n")).TrimEnd(), pair.First.Fields["options"]);
        });
    }

    [Fact]
    public void Magnifier_SeveralPictures_AreAllShown()
    {
        folder.Picture("a.png");
        var picture = Convert.ToBase64String(File.ReadAllBytes(folder["a.png"])).PadRight(300);
        folder.Write("MagnifierBench.json", $$"""[{"id": "PT_1", "instruction": "Which? A. red, B. green, C. blue, D. black", "answer": "C. blue", "images": ["a.png", "{{picture}}"]}]""");

        var item = Assert.Single(folder.Items("magnifier_bench"));

        Assert.Equal(["red", "green", "blue", "black"], item.Truth.Choices);
        Assert.StartsWith("<image>\n<image>\nWhich?", BenchmarkPrompt.Of(item, BenchmarkCatalogue.Find("magnifier_bench").Protocol()).Conversation[0].Text, StringComparison.Ordinal);
        Assert.Equal(8, item.Images[1].Load().Width);
    }

    [Fact]
    public void Mme_Lines_AreGroupedByPicture()
    {
        Mme(folder, "Yes", "No");

        var items = folder.Items("mme");

        Assert.Equal(14 * 4, items.Count);
        Assert.Equal(["0001.jpg", "0001.jpg", "0002.jpg", "0002.jpg"], items.Take(4).Select(item => item.Truth.Group!));
        folder.Write("OCR.txt", "0001.jpg\tIs it?\tperhaps\n");
        Assert.Contains("line 1", Assert.Throws<DataException>(() => folder.Items("mme")).Message, StringComparison.Ordinal);
    }

    /// <summary>MME with two pictures a task, whose questions do not stand together.</summary>
    internal static void Mme(TemporaryFolder folder, string first, string second)
    {
        foreach (var task in "existence count position color posters celebrity scene landmark artwork OCR commonsense_reasoning numerical_calculation text_translation code_reasoning".Split(' '))
        {
            folder.Write($"{task}.txt", $"0001.jpg\tIs it one? Please answer yes or no.\t{first}\n0002.jpg\tIs it two?\tYes\n0001.jpg\tIs it three?\t{second}\n0002.jpg\tIs it four?\tNo\n");
            folder.Picture($"{task}/0001.jpg");
            folder.Picture($"{task}/0002.jpg");
        }
    }
}
