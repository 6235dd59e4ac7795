using Tessera.Evaluation.Metrics;

namespace Tessera.Evaluation.Tests.Metrics;

public sealed class KlueScoresTests
{
    [Fact]
    public void ClassesAreAveragedAsTheyOccur()
    {
        ClassificationScores.Accuracy([0, 1, 2, 2], [0, 1, 2, 1]).ShouldBe(75);
        ClassificationScores.MacroF1([0, 0], [0, 1]).ShouldBe(100 * (2 / 3.0 + 0) / 2, 1e-9);
        ClassificationScores.MacroF1([0, 5], [0, 0]).ShouldBe(100 * (2 / 3.0) / 2, 1e-9); // a class only predicted counts with 0
        ClassificationScores.MacroF1([0, 1], [0, 1], 4).ShouldBe(100); // classes that never occur count with 1
        ClassificationScores.MicroF1([0, 1, 1, 0], [0, 1, 0, 1], ignored: 0).ShouldBe(50);
        var (area, classes) = ClassificationScores.AreaUnderPrecisionRecall([[0.9, 0.1, 0], [0.2, 0.8, 0]], [0, 1]);
        area.ShouldBe(100);
        classes.ShouldBe(2); // the third never occurs
    }

    [Fact]
    public void SimilaritiesAreCutAtThree()
    {
        SimilarityScores.F1([3.1, 3.2], [3.0, 2.9]).ShouldBe(200 / 3.0, 1e-9);
        SimilarityScores.Pearson([1, 2, 3], [2, 4, 6]).ShouldNotBeNull().ShouldBe(100, 1e-9);
        SimilarityScores.Pearson([1, 1, 1], [2, 4, 6]).ShouldBeNull();
    }

    [Theory]
    [InlineData("수도는 서울", "서울시", 4 / 9.0)]
    [InlineData("the city of Paris!", "Paris, France", 10 / 29.0)]
    [InlineData("", "", 1)]
    public void TheLongestStretchCounts(string prediction, string answer, double score) => AnswerScores.RougeW(prediction, [answer]).ShouldBe(score, 1e-9);

    [Fact]
    public void UnanswerableQuestionsWantNoAnswer()
    {
        AnswerScores.ExactMatch("", []).ShouldBe(1);
        AnswerScores.ExactMatch("x", []).ShouldBe(0);
        AnswerScores.ExactMatch("Seoul.", ["Busan", "seoul"]).ShouldBe(1);
        AnswerScores.Normalize(" «A»  b, ").ShouldBe("«a» b");
    }

    [Fact]
    public void EntitiesBeginAtBegins()
    {
        var tags = EntityTags.Klue;
        // B-PS I-PS O I-LC: the last one began nowhere.
        tags.EntityMacroF1([0, 1, 12, 3], [0, 1, 12, 12]).ShouldBe(100);
        tags.EntityMacroF1([0, 12, 12, 12], [0, 1, 12, 12]).ShouldBe(0);
        tags.EntityMacroF1([12], [12]).ShouldBe(0);
        Should.Throw<ArgumentException>(() => tags.EntityMacroF1([13], [12]));
        Should.Throw<ArgumentException>(() => new EntityTags(["B-X", "I-X"]));
    }

    [Fact]
    public void TagsGoFromCharactersToTokensAndBack()
    {
        IReadOnlyList<string>[] words = [["서울", "##시", "##에"], ["삽", "[UNK]"]];
        int[] lengths = [4, 3];
        string[] characters = ["B-LC", "I-LC", "I-LC", "O", "O", "O", "O"];
        var tokens = EntityTags.TokenTags(characters, words, lengths);
        tokens.ShouldBe(["B-LC", "I-LC", "O", "O", "O"]);
        EntityTags.CharacterTags(tokens, words, lengths).ShouldBe(characters);
        EntityTags.CharacterTags(["B-LC", "I-LC", "O", "O", "B-DT"], words, lengths).ShouldBe(["B-LC", "I-LC", "I-LC", "O", "O", "B-DT", "I-DT"]);
        Should.Throw<ArgumentException>(() => EntityTags.TokenTags(characters, words, [4, 4]));
    }

    [Fact]
    public void ATypeIsWrongWhereItsHeadIs()
    {
        var scores = new DependencyScores();
        scores.Add([1, 2, -1], [3, 16, 0], [1, 1, 0], [3, 16, 0]);
        scores.UnlabelledMicro.ShouldBe(50);
        scores.LabelledMicro.ShouldBe(50);
        var rare = new DependencyScores();
        rare.Add([1], [16], [1], [20]); // rare types are one
        rare.LabelledMicro.ShouldBe(100);
        Should.Throw<ArgumentException>(() => rare.Add([1], [1, 2], [1], [1]));
    }

    [Fact]
    public void StatesAreSets()
    {
        DialogueStateScores.SlotF1([["b", "c"]], [["a", "b"]]).ShouldBe(50);
        DialogueStateScores.JointGoalAccuracy([["b", "a"], []], [["a", "b"], ["c"]]).ShouldBe(50);
        Should.Throw<ArgumentException>(() => DialogueStateScores.SlotF1([], []));
        Should.Throw<ArgumentException>(() => ClassificationScores.Accuracy([1], [1, 2]));
    }
}
