using System.Text.Json.Nodes;
using Tessera.Models.Heads;
using Tessera.Models.Passes;
using Tessera.Models.Tests.Files;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests;

public sealed class EncoderModelTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bert", "BertForTokenClassification")]
    [InlineData("roberta", "RobertaForTokenClassification")]
    [InlineData("xlm-roberta", "XLMRobertaForTokenClassification")]
    [InlineData("electra", "ElectraForTokenClassification")]
    [InlineData("distilbert", "DistilBertForTokenClassification")]
    public void AClassifierOfTokensGivesEachRowALogitForEachLabel(string type, string architecture)
    {
        var config = ToyEncoders.Config(type, architecture);
        config["id2label"] = new JsonObject { ["1"] = "keep", ["0"] = "drop", ["2"] = "unsure" };
        using var model = Load(config, ToyEncoders.Linear("classifier", 3));
        model.Heads.Classifier.ShouldNotBeNull().OfTokens.ShouldBeTrue();
        model.Heads.Classifier.Labels.ShouldBe(["drop", "keep", "unsure"]);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence();
        var rows = new RowBatch();
        rows.Add(sequence, [5, 6, 7, 8]);
        var hidden = model.Run(pass, rows, TestContext.Current.CancellationToken);
        var logits = model.Classify(pass, hidden, [0, 1, 2, 3]);
        (logits.Rows, logits.Width).ShouldBe((4, 3));
        logits.Span.IndexOfAnyExcept(0f).ShouldBe(0);
    }

    [Fact]
    public void APoolerInTheFileDoesNotTurnLabelsOfTokensIntoThoseOfSequences()
    {
        using var model = Load(
            ToyEncoders.Config("bert", "BertForTokenClassification"), [.. ToyEncoders.Linear("classifier", 2), .. ToyEncoders.Linear("bert.pooler.dense", 16)]);
        model.Heads.Classifier.ShouldNotBeNull().OfTokens.ShouldBeTrue();
        model.Heads.Classifier.Labels.ShouldBe(["LABEL_0", "LABEL_1"]);
        model.Heads.Pooler.ShouldNotBeNull();
    }

    [Fact]
    public void WhereTheConfigurationNamesNoClassTheWeightsTell()
    {
        var config = ToyEncoders.Config("roberta", "");
        config.Remove("architectures");
        using var model = Load(config, [.. ToyEncoders.Linear("classifier.dense", 16), .. ToyEncoders.Linear("classifier.out_proj", 4)]);
        model.Heads.Classifier.ShouldNotBeNull().OfTokens.ShouldBeFalse();
        model.Heads.Classifier.Output.Outputs.ShouldBe(4);
    }

    [Fact]
    public void NormsThatAreCalledGammaAndBetaAndNamesWithoutPrefixAreRead()
    {
        static string Old(string name) => name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal)
            .Replace("bert.", "", StringComparison.Ordinal);
        var config = ToyEncoders.Config("bert", "BertModel");
        using var folder = new ScratchFolder();
        ToyEncoders.Write(folder.Path, config, [], Old);
        using var old = (EncoderModel)Model.Load(folder.Path);
        using var model = Load(config, []);
        Hidden(old, [3, 4, 5]).ShouldBe(Hidden(model, [3, 4, 5]));
    }

    [Fact]
    public void RobertasPositionsStartBehindThePaddingTokenAndItsContextIsShorterByThem()
    {
        using var model = Load(ToyEncoders.Config("xlm-roberta", "XLMRobertaModel"), []);
        model.Stack.Config.MaxTokens.ShouldBe(64);
        using var sequence = model.NewSequence();
        sequence.NextPosition.ShouldBe(2);
        var rows = new RowBatch();
        rows.Add(sequence, [0, 7, 2, 1, 1]);
        rows.Positions.ToArray().ShouldBe([2, 3, 4, 1, 1]);
        using var pass = new Pass();
        var tooLong = new RowBatch();
        tooLong.Add(sequence, Enumerable.Repeat(5, 65).ToArray());
        Should.Throw<ArgumentOutOfRangeException>(() => model.Run(pass, tooLong, TestContext.Current.CancellationToken));
        tooLong.Clear();
        tooLong.Add(sequence, Enumerable.Repeat(5, 64).ToArray());
        model.Run(pass, tooLong, TestContext.Current.CancellationToken).Rows.ShouldBe(64);
    }

    [Theory]
    [InlineData("{\"0\": \"a\"}", "id2label")] // fewer names than classes
    [InlineData("{\"0\": \"a\", \"1\": \"b\", \"2\": \"c\"}", "id2label")]
    [InlineData("{\"0\": \"a\", \"2\": \"b\"}", "id2label")]
    [InlineData("{\"0\": \"a\", \"00\": \"b\"}", "id2label")]
    [InlineData("{\"0\": \"a\", \"-1\": \"b\"}", "id2label")]
    [InlineData("{\"0\": \"a\", \"one\": \"b\"}", "id2label")]
    [InlineData("{\"0\": \"a\", \"1\": 7}", "id2label")]
    [InlineData("{\"0\": \"a\", \"1\": null}", "id2label")]
    [InlineData("{\"0\": \"a\", \"99999999999999999999\": \"b\"}", "id2label")]
    [InlineData("[\"a\", \"b\"]", "id2label")]
    [InlineData("\"a\"", "id2label")]
    public void NamesOfClassesThatDoNotFitAreRefused(string names, string place)
    {
        var config = ToyEncoders.Config("bert", "BertForTokenClassification");
        config["id2label"] = JsonNode.Parse(names);
        Should.Throw<MalformedInputException>(() => Load(config, ToyEncoders.Linear("classifier", 2))).Place.ShouldContain(place);
    }

    [Theory]
    [InlineData("pad_token_id", "-1")]
    [InlineData("pad_token_id", "65")] // no position is left
    [InlineData("pad_token_id", "40")] // outside the vocabulary
    [InlineData("pad_token_id", "\"1\"")]
    [InlineData("num_labels", "3")]
    [InlineData("architectures", "[1]")]
    [InlineData("num_attention_heads", "3")]
    [InlineData("max_position_embeddings", "0")]
    public void HostileSettingsAreRefusedByType(string name, string value)
    {
        var config = ToyEncoders.Config("xlm-roberta", "XLMRobertaForTokenClassification", vocabulary: name == "pad_token_id" && value == "65" ? 80 : 40);
        using var folder = new ScratchFolder();
        ToyEncoders.Write(folder.Path, config, ToyEncoders.Linear("classifier", 2));
        config[name] = JsonNode.Parse(value);
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), config.ToJsonString());
        Should.Throw<MalformedInputException>(() => Model.Load(folder.Path));
    }

    [Fact]
    public void AnIncompleteHeadIsNamedWithAllThatIsMissing()
    {
        Should.Throw<MalformedInputException>(() => Load(ToyEncoders.Config("roberta", "RobertaForMaskedLM"), ToyEncoders.Linear("lm_head.dense", 16)))
            .Message.ShouldContain("lm_head.layer_norm.weight, lm_head.layer_norm.bias, lm_head.bias");
        Should.Throw<MalformedInputException>(() => Load(ToyEncoders.Config("bert", "BertForSequenceClassification"), ToyEncoders.Linear("classifier", 2)))
            .Message.ShouldContain("bert.pooler.dense");
    }

    [Fact]
    public void AskingForAHeadThatIsNotThereSaysSo()
    {
        using var model = Load(ToyEncoders.Config("bert", "BertModel"), []);
        using var pass = new Pass();
        using var sequence = model.NewSequence();
        var rows = new RowBatch();
        rows.Add(sequence, [1]);
        var hidden = model.Run(pass, rows, TestContext.Current.CancellationToken);
        Should.Throw<NotSupportedException>(() => model.Classify(pass, hidden, [0]));
        Should.Throw<NotSupportedException>(() => model.MaskedLogits(pass, hidden, [0]));
    }

    private EncoderModel Load(JsonObject config, (string Name, long[] Shape)[] heads)
    {
        ToyEncoders.Write(_folder.Path, config, heads);
        return (EncoderModel)Model.Load(_folder.Path);
    }

    private static float[] Hidden(EncoderModel model, int[] ids)
    {
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence();
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        return model.Run(pass, rows).Span.ToArray();
    }
}
