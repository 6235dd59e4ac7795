namespace Tessera.Generation;

/// <summary>Which tokens of a sequence a penalty counts.</summary>
public enum PenaltyScope
{
    /// <summary>Those generated so far, as OpenAI's frequency and presence penalties do.</summary>
    Generated = 0,

    /// <summary>Prompt and generated tokens, as Hugging Face's repetition penalty does.</summary>
    PromptAndGenerated = 1,

    /// <summary>The last N tokens, prompt included, as llama.cpp does.</summary>
    LastN = 2,
}
